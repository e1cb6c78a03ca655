import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Samples of several variants that were taken in turn, so that those with one index belong together. */
final class Series {
    private final Map<String, List<Double>> samples = new LinkedHashMap<>();

    void add(String variant, double value) {
        samples.computeIfAbsent(variant, v -> new ArrayList<>()).add(value);
    }

    boolean has(String variant) {
        return samples.containsKey(variant);
    }

    double median(String variant) {
        return quantile(values(variant), 0.5);
    }

    /** Median, first and third quartile of what {@code variant} is to {@code base}, pair by pair. */
    String ratio(String variant, String base) {
        return three("%.3f (%.3f … %.3f)", pairs(variant, base, (a, b) -> a / b));
    }

    /** The same of what {@code variant} has more than {@code base}. */
    String difference(String variant, String base) {
        return three("%+.0f (%+.0f … %+.0f)", pairs(variant, base, (a, b) -> a - b));
    }

    private double[] pairs(String variant, String base, java.util.function.DoubleBinaryOperator of) {
        double[] a = values(variant);
        double[] b = values(base);
        double[] result = new double[Math.min(a.length, b.length)];
        Arrays.setAll(result, i -> of.applyAsDouble(a[i], b[i]));
        return result;
    }

    private double[] values(String variant) {
        return samples.get(variant).stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static String three(String format, double[] values) {
        return String.format(Locale.ROOT, format, quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75));
    }

    private static double quantile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
