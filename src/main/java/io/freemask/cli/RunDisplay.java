package io.freemask.cli;

import io.freemask.Progress;
import io.freemask.ProgressListener;

/** Shows a run's progress. */
final class RunDisplay implements ProgressListener, AutoCloseable {

  private final ProgressDisplay display;

  RunDisplay(ProgressDisplay display) {
    this.display = display;
  }

  @Override
  public void onProgress(Progress progress) {
    display.update(progress.phase().label(), progress.step(), progress.total());
  }

  @Override
  public void close() {
    display.close();
  }
}
