package dev.holdfast.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.util.function.Supplier;

/** How an answer is written. */
enum OutputFormat {
  /** For people: aligned, humane units, relative times. */
  TABLE,
  /** For programs: the JSON of protobuf, field names in lowerCamelCase. */
  JSON,
  /** The same tree as YAML. */
  YAML;

  /** The whole of a message, ending in a line break. */
  String render(Message message, Supplier<String> table) {
    return switch (this) {
      case TABLE -> table.get();
      case JSON -> json(message, JsonFormat.printer()) + "\n";
      case YAML -> yaml(json(message, JsonFormat.printer()));
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
    YAMLFactory factory =
        YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();
    try {
      return new ObjectMapper(factory).writeValueAsString(new ObjectMapper().readTree(json));
    } catch (JsonProcessingException e) {
      throw new CommandException(
          Exit.REFUSED, "The answer cannot be written as YAML: " + e.getOriginalMessage());
    }
  }
}
