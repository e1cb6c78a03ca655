/**
 * A small shop on three kinds of network code that real services have: an HTTP server on virtual threads, HTTP clients
 * old and new, and a pool of plain sockets.
 *
 * <pre>
 *   load ──HTTP──▶ shop ──HTTP, java.net.http──▶ inventory: reservations
 *   (process 3)    (process 1)
 *                    ├──HTTP, HttpURLConnection▶ inventory: payments      (process 2)
 *                    ├──lines over Socket──────▶ inventory: prices
 *                    └──HTTP───────────────────▶ suggestions: nobody listens there
 * </pre>
 *
 * <p>It is written to be looked at from outside, so it also has what goes wrong in a real one: payments that take long,
 * that are declined and that never come; prices whose connection is closed in mid-conversation; a service that is down.
 * All of that is decided by counters, so two runs do the same. Everything listens on the loopback address only. Nothing
 * here knows of any agent; only the JDK is used.
 */
package dev.netflight.samples.shop;
