package io.freemask.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a run is: a bar for each phase on a terminal, else a line for every 5 % at most.
 * Used by one thread.
 */
abstract class ProgressDisplay implements AutoCloseable {

  /** Returns a display for a stream; one that shows nothing if quiet. */
  static ProgressDisplay of(PrintStream stream, boolean quiet) {
    if (quiet) {
      return new Silent();
    }
    return Terminal.shows(stream)
        ? new Bar(stream, Terminal.width())
        : new Lines(stream, System::nanoTime);
  }

  /**
   * Takes in how far a phase is. A new name begins a new phase.
   *
   * @param phase what is being done
   * @param done steps done
   * @param total steps of the phase
   */
  abstract void update(String phase, long done, long total);

  /** Ends the phase that is shown, so that other text can follow. */
  @Override
  public void close() {}

  private static final class Silent extends ProgressDisplay {
    @Override
    void update(String phase, long done, long total) {}
  }

  /** Plain lines, for logs and pipes. */
  static final class Lines extends ProgressDisplay {

    private static final int PERCENT = 5;

    private final PrintStream stream;
    private final LongSupplier nanoTime;
    private String phase = "";
    private long start;
    private long printed;

    Lines(PrintStream stream, LongSupplier nanoTime) {
      this.stream = stream;
      this.nanoTime = nanoTime;
    }

    @Override
    void update(String phase, long done, long total) {
      if (!phase.equals(this.phase)) {
        this.phase = phase;
        start = nanoTime.getAsLong();
        printed = -1;
      }
      long mark = total == 0 ? 100 / PERCENT : done * (100 / PERCENT) / total;
      if (mark <= printed) {
        return;
      }
      printed = mark;
      String line = String.format(Locale.ROOT, "%s: %d/%d", phase, done, total);
      if (done > 0 && done < total) {
        double seconds = (nanoTime.getAsLong() - start) / 1e9;
        line += ", " + clock(seconds * (total - done) / done) + " left";
      }
      stream.println(line);
    }

    private static String clock(double seconds) {
      Duration left = Duration.ofMillis(Math.round(seconds * 1000));
      long s = (left.toMillis() + 999) / 1000;
      return s < 60
          ? s + " s"
          : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    }
  }

  /** A bar with percentage, step, elapsed time and time left. */
  private static final class Bar extends ProgressDisplay {

    private static final int UPDATE_MILLIS = 200;

    private final PrintStream stream;
    private final int width;
    private @Nullable ProgressBar bar;
    private String phase = "";

    Bar(PrintStream stream, int width) {
      this.stream = stream;
      this.width = width;
    }

    @Override
    void update(String phase, long done, long total) {
      ProgressBar current = bar;
      if (current == null || !phase.equals(this.phase)) {
        close();
        this.phase = phase;
        current =
            new ProgressBarBuilder()
                .setTaskName(String.format("%-9s", phase))
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                // One column stays free: a full last column makes some terminals wrap.
                .setConsumer(
                    new DelegatingProgressBarConsumer(line -> stream.print('\r' + line), width - 1))
                .build();
        bar = current;
      }
      current.maxHint(total);
      current.stepTo(done);
    }

    @Override
    public void close() {
      ProgressBar current = bar;
      if (current != null) {
        bar = null;
        current.close();
        stream.println();
      }
    }
  }
}
