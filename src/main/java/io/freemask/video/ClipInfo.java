package io.freemask.video;

import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What is known of a clip before its frames are decoded.
 *
 * @param path the file or folder
 * @param format such as "mp4", "gif" or "image folder"
 * @param size as shown: after rotation and with square pixels
 * @param frameRate the average; of images, which have none, {@link FrameSource#IMAGE_FRAME_RATE}
 * @param frameCount number of frames, empty if the file does not say
 * @param audio whether there is audio, which is dropped
 */
public record ClipInfo(
    Path path,
    String format,
    FrameSize size,
    FrameRate frameRate,
    OptionalLong frameCount,
    boolean audio) {}
