package io.freemask.video;

import java.nio.file.Path;
import java.util.Comparator;

/** Orders names by their text, runs of digits in them by their number. */
final class NaturalOrder implements Comparator<String> {

  static final Comparator<Path> BY_FILE_NAME =
      Comparator.comparing(file -> file.getFileName().toString(), new NaturalOrder());

  @Override
  public int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      if (isDigit(a.charAt(i)) && isDigit(b.charAt(j))) {
        int endA = digitsEnd(a, i);
        int endB = digitsEnd(b, j);
        String numberA = withoutLeadingZeros(a.substring(i, endA));
        String numberB = withoutLeadingZeros(b.substring(j, endB));
        int order = Integer.compare(numberA.length(), numberB.length());
        if (order == 0) {
          order = numberA.compareTo(numberB);
        }
        if (order != 0) {
          return order;
        }
        i = endA;
        j = endB;
      } else {
        int order = Character.compare(a.charAt(i), b.charAt(j));
        if (order != 0) {
          return order;
        }
        i++;
        j++;
      }
    }
    int order = Integer.compare(a.length() - i, b.length() - j);
    return order != 0 ? order : a.compareTo(b);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static int digitsEnd(String text, int from) {
    int end = from;
    while (end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static String withoutLeadingZeros(String digits) {
    int from = 0;
    while (from < digits.length() - 1 && digits.charAt(from) == '0') {
      from++;
    }
    return digits.substring(from);
  }
}
