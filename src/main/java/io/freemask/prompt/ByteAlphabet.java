package io.freemask.prompt;

import java.nio.charset.StandardCharsets;

/**
 * The printable characters that stand for the 256 byte values in a byte-level vocabulary.
 *
 * <p>Printable Latin-1 bytes stand for themselves. The others get the code points from 256 on, in
 * the order of their value (Radford et al., Language Models are Unsupervised Multitask Learners).
 */
final class ByteAlphabet {

  private static final char[] CHARACTERS = characters();

  private ByteAlphabet() {}

  /** Returns the text's UTF-8 bytes, one character for each. */
  static String encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    char[] out = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      out[i] = CHARACTERS[bytes[i] & 0xff];
    }
    return new String(out);
  }

  private static char[] characters() {
    char[] out = new char[256];
    int next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      out[b] = (char) (printable ? b : next++);
    }
    return out;
  }
}
