package dev.holdfast.server.config;

import java.io.StringReader;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.nodes.Node;

/** YAML as it is read here: no aliases, no key twice, at most 16 levels. */
final class YamlText {
  private YamlText() {}

  /**
   * Reads a document.
   *
   * @param file what messages call it
   * @return its root; null for one without content
   * @throws ConfigException with line, if it is no such YAML
   */
  static @Nullable Node root(String file, String text) {
    try {
      return compose(file, text);
    } catch (MarkedYAMLException malformed) {
      int line = malformed.getProblemMark() == null ? 0 : malformed.getProblemMark().getLine();
      throw new ConfigException(List.of(file + ":" + (line + 1) + ": " + malformed.getProblem()));
    } catch (YAMLException malformed) {
      // Characters that YAML has not, and nesting: known without a line.
      throw new ConfigException(List.of(file + ": " + malformed.getMessage()));
    }
  }

  private static @Nullable Node compose(String file, String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(16);
    Yaml yaml = new Yaml(options);
    for (Event event : yaml.parse(new StringReader(text))) {
      if (event instanceof AliasEvent) {
        throw new ConfigException(
            List.of(
                file
                    + ":"
                    + (event.getStartMark().getLine() + 1)
                    + ": an alias is not accepted: write the value out"));
      }
    }
    return yaml.compose(new StringReader(text));
  }
}
