package io.freemask.video;

/** A call of ffmpeg that failed; callers turn it into a message that names the file. */
final class FfmpegException extends Exception {

  private static final long serialVersionUID = 1L;

  FfmpegException(String message) {
    super(message);
  }
}
