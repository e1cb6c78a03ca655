package dev.netflight.jfr.rules;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.unit.UnitLookup;
import org.openjdk.jmc.common.util.IPreferenceValueProvider;
import org.openjdk.jmc.common.util.TypedPreference;
import org.openjdk.jmc.flightrecorder.rules.IResult;
import org.openjdk.jmc.flightrecorder.rules.IResultValueProvider;
import org.openjdk.jmc.flightrecorder.rules.IRule;
import org.openjdk.jmc.flightrecorder.rules.ResultBuilder;
import org.openjdk.jmc.flightrecorder.rules.Severity;
import org.openjdk.jmc.flightrecorder.rules.TypedCollectionResult;
import org.openjdk.jmc.flightrecorder.rules.TypedResult;
import org.openjdk.jmc.flightrecorder.rules.util.JfrRuleTopics;
import org.openjdk.jmc.flightrecorder.rules.util.RulesToolkit.EventAvailability;
import org.openjdk.jmc.flightrecorder.rules.util.RulesToolkit.RequiredEventsBuilder;

/** What the rules have in common: a rule looks at the events and says what it has found. */
abstract class NetworkRule implements IRule {
    static final String CONNECTION = "netflight.Connection";
    static final String WRITE = "netflight.SocketWrite";
    static final String READ = "netflight.SocketRead";
    static final String LOOKUP = "netflight.DnsLookup";
    static final String READ_LATENCY = "netflight.ReadLatency";
    static final String WRITE_LATENCY = "netflight.WriteLatency";

    private static final TypedCollectionResult<String> FRAMES = new TypedCollectionResult<>("frames", "Frames",
            "The application's frames that it comes from, the heaviest first", UnitLookup.PLAIN_TEXT, String.class);

    private final String id;
    private final String name;
    private final Map<String, EventAvailability> required;

    NetworkRule(String id, String name, String... events) {
        this.id = "netflight." + id;
        this.name = name;
        RequiredEventsBuilder builder = RequiredEventsBuilder.create();
        for (String event : events) {
            builder.addEventType(event, EventAvailability.AVAILABLE);
        }
        this.required = builder.build();
    }

    abstract Finding find(IItemCollection items);

    @Override
    public final RunnableFuture<IResult> createEvaluation(IItemCollection items, IPreferenceValueProvider preferences,
            IResultValueProvider earlier) {
        return new FutureTask<>(() -> result(find(items), preferences));
    }

    private IResult result(Finding finding, IPreferenceValueProvider preferences) {
        String explanation = finding.explanation();
        if (explanation != null && !finding.frames().isEmpty()) {
            explanation += "\n\nIt comes from " + String.join(", ", finding.frames()) + '.';
        }
        return ResultBuilder.createFor(this, preferences).setSeverity(Severity.get(finding.score()))
                .setSummary(finding.summary()).setExplanation(explanation).setSolution(finding.solution())
                .addResult(TypedResult.SCORE, UnitLookup.NUMBER_UNITY.quantity(finding.score()))
                .addResult(FRAMES, finding.frames()).build();
    }

    @Override
    public final String getId() {
        return id;
    }

    @Override
    public final String getName() {
        return name;
    }

    @Override
    public final String getTopic() {
        return JfrRuleTopics.SOCKET_IO;
    }

    @Override
    public final Map<String, EventAvailability> getRequiredEvents() {
        return required;
    }

    @Override
    public final Collection<TypedPreference<?>> getConfigurationAttributes() {
        return List.of();
    }

    @Override
    public final Collection<TypedResult<?>> getResults() {
        return List.of(TypedResult.SCORE, FRAMES);
    }
}
