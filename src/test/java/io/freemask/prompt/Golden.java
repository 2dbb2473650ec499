package io.freemask.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;

/** The committed fixtures of this package's tests. */
final class Golden {

  private Golden() {}

  /** CLIP's genuine vocabulary: 49408 tokens, length 77, padded with "!". */
  static ClipTokenizer clip() {
    return ClipTokenizer.open(path("/golden/tiny-model/tokenizer/vocab.json").getParent());
  }

  static Path path(String resource) {
    URL url = Golden.class.getResource(resource);
    if (url == null) {
      throw new AssertionError("missing fixture " + resource);
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  static JsonNode json(String resource) throws IOException {
    try (InputStream in = Golden.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new AssertionError("missing fixture " + resource);
      }
      return new ObjectMapper().readTree(in);
    }
  }
}
