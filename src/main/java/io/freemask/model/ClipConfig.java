package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.config.ConfigFile;
import java.nio.file.Path;
import java.util.List;

/**
 * Configuration of a {@code CLIPModel} of transformers.
 *
 * @param text the text tower, {@code text_config}
 * @param vision the vision tower, {@code vision_config}
 * @param projectionDim D, the length of an embedding
 */
public record ClipConfig(TextEncoderConfig text, ClipVisionConfig vision, int projectionDim) {

  /**
   * Reads a {@code config.json}. A {@code text_config_dict} or {@code vision_config_dict}, which
   * older files have, takes the place of {@code text_config} or {@code vision_config}, as in
   * transformers.
   *
   * @throws InvalidInputException when a field has a value that is wrong or not supported
   */
  public static ClipConfig read(Path path) {
    ConfigFile file = ConfigFile.read(path);
    file.choice("model_type", "clip", List.of("clip"));
    return new ClipConfig(
        TextEncoderConfig.read(tower(file, "text_config")),
        ClipVisionConfig.read(tower(file, "vision_config")),
        file.positive("projection_dim", 512));
  }

  private static ConfigFile tower(ConfigFile file, String field) {
    String older = field + "_dict";
    return file.section(file.has(older) ? older : field);
  }
}
