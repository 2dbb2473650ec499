package io.freemask.cli;

import io.freemask.EditorSettings;
import io.freemask.ProgressListener;
import io.freemask.RunStatistics;
import io.freemask.VideoEditor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What the commands that run a model have in common. */
abstract class RunCommand extends BaseCommand {

  @Override
  public final Integer call() {
    // Also a plan without a run tells things worth knowing.
    try (LogNotes notes = LogNotes.begin(session().err(), root().quiet())) {
      run();
      notes.flush();
    }
    return ExitCode.OK;
  }

  /** Does what the command is for. */
  abstract void run();

  /** Runs something with its progress shown. */
  final <T> T showing(Function<ProgressListener, T> run) {
    try (RunDisplay display = new RunDisplay(ProgressDisplay.of(session().err(), root().quiet()))) {
      return run.apply(display);
    }
  }

  /** Says so when a run is repeated with another model than it was made with. */
  final void compareModels(EditorSettings recorded, VideoEditor editor) {
    if (!recorded.modelHash().equals(editor.model().hash())) {
      note(
          "the model "
              + editor.model().name()
              + " is not the one of the record ("
              + recorded.modelName()
              + ", hash "
              + recorded.modelHash()
              + "): the result will be another");
    }
  }

  final void printWritten(List<Path> written) {
    written.forEach(path -> session().out().println("wrote " + path));
  }

  /** Prints what was chosen for the user. */
  final void printNotices(List<String> notices) {
    notices.forEach(notice -> note("note: " + notice));
  }

  final void printStatistics(RunStatistics statistics) {
    note(
        String.format(
            Locale.ROOT,
            "took %s; memory: at most %s in tensors, %s in the process",
            seconds(statistics.total()),
            new ByteCount(statistics.peakTensorBytes()),
            new ByteCount(statistics.peakResidentBytes())));
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }
}
