package io.freemask.video;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** A readable file type, told by its first bytes and not by its name. */
enum MediaType {
  MOV("mp4", "mov", false),
  MATROSKA("webm", "matroska", false),
  AVI("avi", "avi", false),
  GIF("gif", "gif", false),
  PNG("png", "png_pipe", true),
  JPEG("jpeg", "jpeg_pipe", true),
  BMP("bmp", "bmp_pipe", true),
  WEBP("webp", "webp_pipe", true),
  TIFF("tiff", "tiff_pipe", true);

  /** Bytes of the start of a file that tell its type. */
  private static final int HEAD = 12;

  private static final Set<String> MOV_BOXES =
      Set.of("ftyp", "moov", "mdat", "free", "skip", "wide", "pnot");

  private final String label;
  private final String demuxer;
  private final boolean image;

  MediaType(String label, String demuxer, boolean image) {
    this.label = label;
    this.demuxer = demuxer;
    this.image = image;
  }

  /** Returns the name for messages. */
  String label() {
    return label;
  }

  /** Returns the short name of ffmpeg's demuxer. */
  String demuxer() {
    return demuxer;
  }

  /** Returns whether the file is one still image. */
  boolean isImage() {
    return image;
  }

  /** Returns the type of a file, empty if it is none of these. */
  static Optional<MediaType> of(Path file) throws IOException {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(HEAD);
    }
    String start = new String(head, StandardCharsets.ISO_8859_1);
    if (start.length() >= 8 && MOV_BOXES.contains(start.substring(4, 8))) {
      return Optional.of(MOV);
    } else if (start.startsWith("\u001aE\u00df\u00a3")) {
      return Optional.of(MATROSKA);
    } else if (start.startsWith("RIFF") && start.startsWith("AVI ", 8)) {
      return Optional.of(AVI);
    } else if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) {
      return Optional.of(GIF);
    } else if (start.startsWith("\u0089PNG\r\n\u001a\n")) {
      return Optional.of(PNG);
    } else if (start.startsWith("\u00ff\u00d8\u00ff")) {
      return Optional.of(JPEG);
    } else if (start.startsWith("BM")) {
      return Optional.of(BMP);
    } else if (start.startsWith("RIFF") && start.startsWith("WEBP", 8)) {
      return Optional.of(WEBP);
    } else if (start.startsWith("II*\0") || start.startsWith("MM\0*")) {
      return Optional.of(TIFF);
    }
    return Optional.empty();
  }
}
