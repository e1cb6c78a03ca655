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

/** Marks the number of a socket: the kernel's socket cookie, unique as long as the machine runs. */
@MetadataDefinition
@Relational
@Name("netflight.ConnectionId")
@Label("Connection Id")
@Description("Binds events of the same socket")
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface ConnectionId {}
