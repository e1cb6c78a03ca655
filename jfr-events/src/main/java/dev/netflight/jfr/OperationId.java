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

/** Marks the number of an operation, unique within a capture: the one after {@code Operation:} in a packet's comment. */
@MetadataDefinition
@Relational
@Name("netflight.OperationId")
@Label("Operation Id")
@Description("Binds events of the same read, write, connect, accept, shutdown or close")
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface OperationId {}
