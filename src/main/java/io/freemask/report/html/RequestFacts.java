package io.freemask.report.html;

import io.freemask.EditRequest;
import io.freemask.EditorSettings;
import io.freemask.WordPair;
import io.freemask.video.Clip;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a run was asked for, as a table that more may be added to. */
final class RequestFacts {

  private RequestFacts() {}

  static Map<String, String> of(EditRequest request, Clip source, EditorSettings settings) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Source prompt", request.source());
    if (!request.target().equals(request.source())) {
      facts.put("Target prompt", request.target());
    }
    if (!request.words().isEmpty()) {
      facts.put(
          "Words",
          request.words().stream().map(WordPair::toString).collect(Collectors.joining(", ")));
    }
    Path input = request.input();
    facts.put("Clip", input == null ? "given in memory" : input.toString());
    facts.put("Frames", source.frameCount() + " of " + source.size() + " pixels");
    facts.put("Preset", request.preset().name().toLowerCase(Locale.ROOT));
    facts.put(
        "Model", settings.modelName() + " on " + settings.device() + " in " + settings.dtype());
    facts.put("Steps", Integer.toString(request.steps()));
    return facts;
  }
}
