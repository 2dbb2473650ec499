package io.freemask.mmc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.freemask.InvalidInputException;
import io.freemask.model.ModelDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CodebookTest {

  @TempDir private Path folder;

  @Test
  void costsAreMeansOverClipsRecordsAndLayers() {
    Codebook codebook = CodebookFixtures.codebook();
    assertThat(codebook.cost())
        .isEqualTo(CostTable.of(new double[][] {{0.6, 0.5}, {0.4, 0.7}, {0.2, 0.4}}));
    assertThat(codebook.lmmc()).containsExactly(0.55, 0.55, (0.2 + 0.4) / 2);
    assertThat(codebook.tmmc().get(0)).isCloseTo(0.4, within(1e-9));
    assertThat(codebook.tmmc().get(1)).isCloseTo(1.6 / 3, within(1e-9));
    // Of 0.1 and 0.3, of 0.5 and 0.3, and so on: the difference over the square root of two.
    assertThat(codebook.spread().at(0, 0)).isCloseTo(0.2 / Math.sqrt(2), within(1e-6));
    assertThat(codebook.spread().at(0, 1)).isZero();
    assertThat(codebook.lmmcSpread().get(1)).isCloseTo(0.1 / Math.sqrt(2), within(1e-6));
    assertThat(codebook.objectIou().at(2, 0)).isCloseTo(0.6, within(1e-9));
  }

  @Test
  void selectsByTheLeastCost() {
    Codebook codebook = CodebookFixtures.codebook();
    assertThat(codebook.levels()).containsExactly(0, 1);
    assertThat(codebook.bestLayer()).isEqualTo(2);
    assertThat(codebook.worstLayer()).isZero();
    assertThat(codebook.bestLayer(0)).isZero();
    assertThat(codebook.bestLayer(1)).isEqualTo(2);
    assertThat(codebook.layersOf(1)).containsExactly(1, 2);
    assertThat(codebook.bestGroup()).isEqualTo(1);
    assertThat(codebook.bestRecord()).isZero();
    assertThat(codebook.bestCell()).isEqualTo(new Codebook.Cell(2, 0));
  }

  @ParameterizedTest
  @EnumSource(MatchingCost.class)
  void comesBackFromItsFile(MatchingCost form) {
    Codebook codebook = CodebookFixtures.codebook(form);
    Path file = folder.resolve("codebook.json");
    codebook.write(file);
    assertThat(Codebook.read(file)).isEqualTo(codebook);
    assertThat(folder).isDirectoryContaining("glob:**codebook.json");
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void theBuiltInModelsCodebookIsItsOwn() {
    ModelDirectory model = ModelDirectory.builtIn();
    Codebook codebook = Codebook.read(model.codebook().orElseThrow(), model);
    assertThat(codebook.videos()).hasSize(32);
    assertThat(codebook.steps()).isEqualTo(10);
    assertThat(codebook.scheduler()).isEqualTo(model.schedulerConfig());
    assertThat(codebook.lmmc().get(codebook.bestLayer()))
        .isLessThan(codebook.lmmc().get(codebook.worstLayer()) - 0.3);
  }

  @Test
  void theSchemaDescribesIt() throws Exception {
    String text = Files.readString(Path.of("docs", "codebook.schema.json"));
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(text);
    Path builtIn = ModelDirectory.builtIn().codebook().orElseThrow();
    assertThat(schema.validate(Files.readString(builtIn), InputFormat.JSON)).isEmpty();
    String json = CodebookFixtures.codebook().toJson();
    assertThat(schema.validate(json, InputFormat.JSON)).isEmpty();
    for (String broken :
        new String[] {
          json.replace("\"tmmc\"", "\"tmcc\""),
          json.replace("\"version\" : 1", "\"version\" : 2"),
          json.replace("\"threshold\" : 0.3", "\"threshold\" : \"0.3\""),
          json.replace("\"miou\" : [ [ 0.3", "\"miou\" : [ [ 1.3"),
          json.replace("\"steps\"", "\"extra\" : 1, \"steps\"")
        }) {
      assertThat(broken).isNotEqualTo(json);
      assertThat(schema.validate(broken, InputFormat.JSON)).as(broken).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"format\" : \"freemask-codebook\"` | `\"format\" : \"notes\"` | format is \"notes\"",
        "`\"version\" : 1` | `\"version\" : 2` | version is 2",
        "`\"hash\" : \"abc\"` | `\"hash\" : 7` | hash",
        "`\"timesteps\" : [ 1, 501 ]` | `\"timesteps\" : [ 501, 1 ]` | timesteps is [501, 1]",
        "`\"timesteps\" : [ 1, 501 ]` | `\"timesteps\" : [ 1 ]` | expected [3,1]",
        "`\"miou\" : [ [ 0.3, 0.5 ]` | `\"miou\" : [ [ 0.3, 1.5 ]` | videos[0].miou has the value 1.5",
        "`\"miou\" : [ [ 0.3, 0.5 ]` | `\"miou\" : [ [ 0.3 ]` | videos[0].miou: row 1 has 2 values",
        "`\"miou\" : [ [ 0.3, 0.5 ]` | `\"miou\" : [ [ 0.4, 0.5 ]` | cost is not what the clips'",
        "`\"lmmc\" : [ 0.55` | `\"lmmc\" : [ 0.5` | lmmc is not what the clips'",
        "`\"worst_layer\" : \"down.0\"` | `\"worst_layer\" : \"down.1\"` | selection is not what",
        "`\"cost_form\" : \"1-miou\"` | `\"cost_form\" : \"miou\"` | cost_form is \"miou\"",
        "`\"threshold\" : 0.3,` | `\"threshold\" : 0.35,` | thresholds",
        "`\"name\" : \"up.1\"` | `\"name\" : \"down.1\"` | no name twice",
        "`\"pool\" : false` | `\"pool\" : false, \"poll\" : 1` | unknown key poll"
      })
  void aBrokenOneIsRefusedWithTheReason(String from, String to, String reason) throws Exception {
    String json = CodebookFixtures.codebook().toJson();
    Path file = folder.resolve("broken.json");
    Files.writeString(file, json.replaceFirst(Pattern.quote(from), to));
    assertThat(Files.readString(file)).isNotEqualTo(json);
    assertThatThrownBy(() -> Codebook.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("broken.json")
        .hasMessageContaining(reason);
  }

  @Test
  void everyTruncationIsRefused() throws Exception {
    String json = CodebookFixtures.codebook().toJson();
    Path file = folder.resolve("cut.json");
    for (int length = 0; length < json.length() - 1; length += 97) {
      Files.writeString(file, json.substring(0, length));
      assertThatThrownBy(() -> Codebook.read(file))
          .as("%d characters", length)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("cut.json")
          .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }
  }

  @Test
  void anotherModelsIsRefused() throws Exception {
    Path file = folder.resolve("small.json");
    CodebookFixtures.codebook().write(file);
    ModelDirectory model = ModelDirectory.builtIn();
    assertThatThrownBy(() -> Codebook.read(file, model))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("small.json", "'small'", "abc", "shapeworld", model.hash());
  }
}
