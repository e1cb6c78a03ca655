/**
 * Rules for the automated analysis of JDK Mission Control, which finds them by their service file. They know the events by
 * name only. Any thread; a rule has no state.
 */
package dev.netflight.jfr.rules;
