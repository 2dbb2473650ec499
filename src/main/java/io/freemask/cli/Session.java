package io.freemask.cli;

import io.freemask.CancellationToken;
import java.io.PrintStream;

/**
 * What a run of the command line works with.
 *
 * @param out results, which may be piped
 * @param err progress, notes and errors
 * @param token ends the run early; cancelled by Ctrl-C
 */
record Session(PrintStream out, PrintStream err, CancellationToken token) {}
