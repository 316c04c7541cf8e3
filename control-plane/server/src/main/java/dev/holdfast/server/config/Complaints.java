package dev.holdfast.server.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/** What is wrong with a configuration file, with lines, in the order found. */
final class Complaints {
  private final String file;
  private final List<String> found = new ArrayList<>();

  Complaints(String file) {
    this.file = file;
  }

  void add(@Nullable Node node, String what) {
    found.add(file + (node == null ? "" : ":" + (node.getStartMark().getLine() + 1)) + ": " + what);
  }

  List<String> found() {
    return List.copyOf(found);
  }
}
