/**
 * The command line, {@code java -jar netflight.jar}: one class for each command, what is common to them in
 * {@link dev.netflight.cli.CommandLineInterface}.
 *
 * <p>Runs on the main thread of a process of its own. May import everything but {@code agent}; nothing but that imports this, and it
 * is the only user of picocli. Commands are described by picocli's programmatic interface: reflection over annotations would take
 * a tenth of a second of each run.
 */
package dev.netflight.cli;
