/**
 * The command line.
 *
 * <p>{@link io.freemask.cli.Main} parses the arguments and turns failures into one line and an exit
 * code ({@link io.freemask.cli.ExitCode}); each command is a class named {@code XxxCommand} that
 * builds a request, hands it to the public API and prints what came of it.
 */
@NullMarked
package io.freemask.cli;

import org.jspecify.annotations.NullMarked;
