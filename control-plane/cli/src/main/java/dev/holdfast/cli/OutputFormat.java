package dev.holdfast.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.util.function.Supplier;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** How an answer is written. */
enum OutputFormat {
  /** For people: aligned, humane units, relative times. */
  TABLE,
  /** For programs: the JSON of protobuf, field names in lowerCamelCase. */
  JSON,
  /** The same tree as YAML. */
  YAML;

  private static final Gson WRITER =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  /** The whole of a message, ending in a line break. */
  String render(Message message, Supplier<String> table) {
    return switch (this) {
      case TABLE -> table.get();
      case JSON -> json(message, JsonFormat.printer()) + "\n";
      case YAML -> yaml(json(message, JsonFormat.printer()));
    };
  }

  /** The whole of a tree that is no message, ending in a line break. */
  String render(JsonElement tree, Supplier<String> table) {
    return switch (this) {
      case TABLE -> table.get();
      case JSON -> WRITER.toJson(tree) + "\n";
      case YAML -> yaml(WRITER.toJson(tree));
    };
  }

  /** One of many messages: a line of JSON, or a document of YAML. */
  String renderEvent(Message message, Supplier<String> table) {
    return switch (this) {
      case TABLE -> table.get();
      case JSON -> json(message, JsonFormat.printer().omittingInsignificantWhitespace()) + "\n";
      case YAML -> "---\n" + yaml(json(message, JsonFormat.printer()));
    };
  }

  private static String json(Message message, JsonFormat.Printer printer) {
    try {
      return printer.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new CommandException(
          Exit.REFUSED, "The answer cannot be written as JSON: " + e.getMessage());
    }
  }

  private static String yaml(String json) {
    // JSON is YAML: what is read from it is written again in the block style.
    LoaderOptions bounds = new LoaderOptions();
    bounds.setCodePointLimit(Integer.MAX_VALUE);
    DumperOptions style = new DumperOptions();
    style.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    style.setSplitLines(false);
    return new Yaml(style).dump(new Yaml(new SafeConstructor(bounds)).load(json));
  }
}
