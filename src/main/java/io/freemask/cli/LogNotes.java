package io.freemask.cli;

import java.io.PrintStream;
import java.text.MessageFormat;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Prints the library's warnings, one line each, for the time of a run. What a run chose by itself
 * is no warning: it comes with the result, as notices.
 */
final class LogNotes extends Handler implements AutoCloseable {

  private static final String LIBRARY = "io.freemask";
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final Logger logger = Logger.getLogger(LIBRARY);
  private final boolean usedParents = logger.getUseParentHandlers();
  private final PrintStream stream;
  private final boolean terminal;

  private LogNotes(PrintStream stream, Level level) {
    this.stream = stream;
    this.terminal = Terminal.shows(stream);
    setLevel(level);
  }

  /**
   * Begins to print.
   *
   * @param quiet whether warnings are left out too
   */
  static LogNotes begin(PrintStream stream, boolean quiet) {
    LogNotes notes = new LogNotes(stream, quiet ? Level.SEVERE : Level.WARNING);
    notes.logger.addHandler(notes);
    // The parents' handler would print everything again, in the JDK's two-line form.
    notes.logger.setUseParentHandlers(false);
    return notes;
  }

  @Override
  public void publish(LogRecord record) {
    if (!isLoggable(record)) {
      return;
    }
    Object[] parameters = record.getParameters();
    String text = String.valueOf(record.getMessage());
    if (parameters != null && parameters.length > 0) {
      text = MessageFormat.format(text, parameters);
    }
    // A progress bar may stand on this line; it is drawn again below.
    stream.println((terminal ? CLEAR_LINE : "") + "warning: " + text);
  }

  @Override
  public void flush() {
    stream.flush();
  }

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(usedParents);
  }
}
