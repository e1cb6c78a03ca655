package dev.netflight.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The ground truth of many conversations as one table: a row for each way to talk, a column for each network. */
final class Matrix {
    private record Cell(int packets, int right, int wrong) {}

    private final Map<String, Map<String, Cell>> rows = new LinkedHashMap<>();
    private final List<String> columns = new ArrayList<>();

    void add(String row, String column, int packets, int right, int wrong) {
        if (!columns.contains(column)) {
            columns.add(column);
        }
        rows.computeIfAbsent(row, name -> new LinkedHashMap<>()).merge(column, new Cell(packets, right, wrong),
                (a, b) -> new Cell(a.packets + b.packets, a.right + b.right, a.wrong + b.wrong));
    }

    /** Where scripts/test looks for it. */
    void write(Path file) throws IOException {
        Files.writeString(file, toString());
    }

    @Override
    public String toString() {
        var text = new StringBuilder("Data packets with exactly the threads and frames that their bytes name, of how many"
                + " (wrong ones would stand behind a !):\n");
        text.append(String.format(Locale.ROOT, "%-36s", ""));
        columns.forEach(column -> text.append(String.format(Locale.ROOT, " %19s", column)));
        rows.forEach((row, cells) -> {
            text.append(String.format(Locale.ROOT, "%n%-36s", row));
            for (String column : columns) {
                Cell cell = cells.get(column);
                text.append(String.format(Locale.ROOT, " %19s", cell == null ? "" : cell.right + " of " + cell.packets
                        + (cell.wrong > 0 ? " !" + cell.wrong : "")));
            }
        });
        return text.append('\n').toString();
    }
}
