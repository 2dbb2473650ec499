package io.freemask.eval.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What make_metric_fixtures.py computed, and from what. */
record ExpectedMetrics(JsonNode json) {

  static ExpectedMetrics load() {
    try (InputStream in = ExpectedMetrics.class.getResourceAsStream("/metrics/expected.json")) {
      return new ExpectedMetrics(JsonMapper.builder().build().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Clip clip(String name) {
    List<byte[]> frames = new ArrayList<>();
    json.get(name).forEach(frame -> frames.add(HexFormat.of().parseHex(frame.asText())));
    FrameSize size = new FrameSize(json.get("width").asInt(), json.get("height").asInt());
    return new Clip(size, FrameRate.of(8), frames);
  }

  Mask mask(String name) {
    float[] values = new float[json.get(name).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = json.get(name).get(i).floatValue();
    }
    return Mask.of(
        json.get("frames").asInt(), json.get("height").asInt(), json.get("width").asInt(), values);
  }

  double number(String metric, String region) {
    return json.get(metric).get(region).asDouble();
  }
}
