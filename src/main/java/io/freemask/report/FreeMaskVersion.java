package io.freemask.report;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of this library, as its jar says. */
public final class FreeMaskVersion {

  private static final String RESOURCE = "/META-INF/maven/io.freemask/freemask/pom.properties";
  private static final String UNPACKED = "unpackaged";

  private FreeMaskVersion() {}

  /** Returns the version, or "unpackaged" for classes that are not in the jar. */
  public static String get() {
    try (InputStream stream = FreeMaskVersion.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        return UNPACKED;
      }
      Properties properties = new Properties();
      properties.load(stream);
      return properties.getProperty("version", UNPACKED);
    } catch (IOException e) {
      return UNPACKED;
    }
  }
}
