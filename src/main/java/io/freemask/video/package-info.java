/**
 * Frames in and out: video files, GIFs, image folders and single images.
 *
 * <p>Start at {@link io.freemask.video.FrameSource} and {@link io.freemask.video.FrameSink}; a
 * {@link io.freemask.video.Clip} is what lies between. Pixels are 8-bit R, G, B, row by row without
 * gaps. Audio is never kept. Only the classes whose names start with Ffmpeg touch ffmpeg, which
 * stays on the class path.
 */
@NullMarked
package io.freemask.video;

import org.jspecify.annotations.NullMarked;
