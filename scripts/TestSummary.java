import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Reads the reports of a build's tests and says in a few lines what they say in many: how many ran, which failed, which
 * could not run and why. Run from its source by scripts/test: {@code java TestSummary.java ROOT MAVENS_EXIT_CODE}.
 *
 * <p>Its last line is {@code N passed, N failed, N skipped}. A build that failed without a failed test counts as one failure.
 */
final class TestSummary {
    private record Failure(String test, String message) {}

    private record Skip(String test, String reason) {}

    private static final class Tally {
        int passed;
        int failed;
        int skipped;
    }

    private final Map<String, Tally> tallies = new TreeMap<>();
    private final List<Failure> failures = new ArrayList<>();
    private final List<Skip> skips = new ArrayList<>();
    /** The table of the ground truth, empty if it was not made. */
    private String matrix = "";

    private TestSummary() {}

    public static void main(String[] args) throws IOException, ParserConfigurationException, SAXException {
        TestSummary summary = new TestSummary();
        summary.read(Path.of(args[0]));
        System.exit(summary.print(Integer.parseInt(args[1])));
    }

    private void read(Path root) throws IOException, ParserConfigurationException, SAXException {
        for (String module : List.of("bpf", "jfr-events", "jmx", "agent", "samples")) {
            read(module + ", unit", root.resolve(module).resolve("target/surefire-reports"));
            read(module + ", integration", root.resolve(module).resolve("target/failsafe-reports"));
        }
        Path table = root.resolve("agent/target/matrix.txt");
        matrix = Files.exists(table) ? Files.readString(table) : "";
    }

    private void read(String group, Path folder) throws IOException, ParserConfigurationException, SAXException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.getFileName().toString().matches("TEST-.*\\.xml")).sorted().toList()) {
                readSuite(tallies.computeIfAbsent(group, g -> new Tally()), file);
            }
        }
    }

    private void readSuite(Tally tally, Path file) throws IOException, ParserConfigurationException, SAXException {
        var cases = DocumentBuilderFactory.newNSInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            Element test = (Element) cases.item(i);
            String name = nameOf(test);
            Element failure = first(child(test, "failure"), child(test, "error"));
            Element skipped = child(test, "skipped");
            if (failure != null) {
                tally.failed++;
                failures.add(new Failure(name, firstLine(failure)));
            } else if (skipped != null) {
                tally.skipped++;
                skips.add(new Skip(name, firstLine(skipped)));
            } else {
                tally.passed++;
            }
        }
    }

    /** {@code agent.libbpf.ErrnoTest: a number is given its name}: test methods are sentences with underscores. */
    private static String nameOf(Element test) {
        String type = test.getAttribute("classname").replaceFirst("^dev\\.netflight\\.", "");
        String method = test.getAttribute("name").replace('_', ' ');
        return method.isBlank() ? type : type + ": " + method;
    }

    private static Element child(Element parent, String tag) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(tag)) {
                return element;
            }
        }
        return null;
    }

    private static Element first(Element one, Element other) {
        return one != null ? one : other;
    }

    /** The message without the exception's name, one line of it: the whole stands in Maven's output above. */
    private static String firstLine(Element outcome) {
        String message = outcome.getAttribute("message");
        if (message.isBlank()) {
            message = outcome.getTextContent().strip().replaceFirst("^[\\w.$]+(Exception|Error): ", "");
        }
        return message.strip().replaceFirst("^Assumption failed: ", "").lines().findFirst().orElse("no reason was given");
    }

    /** @return the exit code */
    private int print(int maven) {
        System.out.println();
        System.out.printf("Tests on %s %s, %s, as %s, Java %s%n", System.getProperty("os.name"), System.getProperty("os.version"),
                System.getProperty("os.arch"), System.getProperty("user.name"), System.getProperty("java.version"));
        int passed = 0;
        int failed = 0;
        int skipped = 0;
        for (var entry : tallies.entrySet()) {
            Tally tally = entry.getValue();
            System.out.printf("  %-28s %5d passed %5d failed %5d could not run%n", entry.getKey(), tally.passed, tally.failed,
                    tally.skipped);
            passed += tally.passed;
            failed += tally.failed;
            skipped += tally.skipped;
        }
        if (!matrix.isEmpty()) {
            System.out.println(matrix);
        }
        if (!skips.isEmpty()) {
            System.out.println("Could not run here:");
            skips.forEach(skip -> System.out.println("  " + skip.test + "\n      " + skip.reason));
        }
        if (!failures.isEmpty()) {
            System.out.println("Failed:");
            failures.forEach(failure -> System.out.println("  " + failure.test + "\n      " + failure.message));
        }
        if (maven != 0 && failed == 0) {
            failed = 1;
            System.out.println("The build itself failed or a JVM of the tests ended early, see above: there are tests that did not run.");
        } else if (passed == 0 && failed == 0) {
            failed = 1;
            System.out.println("No test ran.");
        }
        System.out.printf("%d passed, %d failed, %d skipped%n", passed, failed, skipped);
        return failed == 0 ? 0 : 1;
    }
}
