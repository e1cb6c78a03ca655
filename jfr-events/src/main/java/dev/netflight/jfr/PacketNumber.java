package dev.netflight.jfr;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.MetadataDefinition;
import jdk.jfr.Name;
import jdk.jfr.Relational;

/** Marks the number of a packet, from 1 in each capture: the {@code epb_packetid} of its block in a pcapng file. */
@MetadataDefinition
@Relational
@Name("netflight.PacketNumber")
@Label("Packet Number")
@Description("Binds an event to a packet of the capture file")
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface PacketNumber {}
