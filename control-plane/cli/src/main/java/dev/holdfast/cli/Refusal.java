package dev.holdfast.cli;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What PAM answered instead of doing what was asked, as one block of text. */
record Refusal(Status status, Optional<ErrorInfo> info, Optional<RetryInfo> retry) {

  /** Reads the status of a call that failed, with its details. */
  static Refusal of(Throwable failure) {
    Status status = Status.fromThrowable(failure);
    com.google.rpc.Status rich = StatusProto.fromThrowable(failure);
    Optional<ErrorInfo> info = Optional.empty();
    Optional<RetryInfo> retry = Optional.empty();
    if (rich != null) {
      for (Any detail : rich.getDetailsList()) {
        try {
          if (detail.is(ErrorInfo.class)) {
            info = Optional.of(detail.unpack(ErrorInfo.class));
          } else if (detail.is(RetryInfo.class)) {
            retry = Optional.of(detail.unpack(RetryInfo.class));
          }
        } catch (InvalidProtocolBufferException e) {
          status = status.augmentDescription("(A detail of this status could not be read.)");
        }
      }
    }
    return new Refusal(status, info, retry);
  }

  /** How the process ends. */
  Exit exit() {
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED -> info.isPresent() ? Exit.REFUSED : Exit.UNREACHABLE;
      default -> Exit.REFUSED;
    };
  }

  /** Status and reason, message, facts, and what to do. */
  String print(String server, Duration timeout) {
    StringBuilder text = new StringBuilder("holdfast: ").append(status.getCode());
    info.ifPresent(i -> text.append(' ').append(Text.clean(i.getReason())));
    text.append('\n');
    String message = status.getDescription();
    String said = message == null || message.isBlank() ? "" : Text.clean(message.strip());
    if (exit() == Exit.UNREACHABLE) {
      said = unreachable(said, server, timeout);
    }
    if (!said.isEmpty()) {
      indent(text, said);
    }
    Map<String, String> facts = new TreeMap<>(info.map(ErrorInfo::getMetadataMap).orElse(Map.of()));
    String remedy = facts.remove("remedy");
    int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
    facts.forEach(
        (key, value) ->
            indent(
                text, String.format("%-" + width + "s  %s", Text.clean(key), Text.clean(value))));
    indent(text, "What to do: " + (remedy == null ? advice() : Text.clean(remedy)));
    return text.toString();
  }

  /** What the innermost cause says. */
  static String deepest(Throwable failure) {
    Throwable cause = failure;
    String said = "";
    for (int depth = 0; cause != null && depth < 16; depth++) {
      if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
        said = cause.getMessage().strip();
      }
      cause = cause.getCause();
    }
    return said.isEmpty() ? failure.getClass().getSimpleName() : Text.clean(said);
  }

  private String unreachable(String said, String server, Duration timeout) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return "No answer from " + server + " within " + Spans.print(timeout) + ".";
    }
    Throwable cause = status.getCause();
    String why = cause == null ? said : deepest(cause);
    return "Cannot reach " + server + (why.isEmpty() ? "." : ": " + why + ".");
  }

  private String advice() {
    String later =
        retry
            .map(r -> Spans.print(Duration.ofSeconds(r.getRetryDelay().getSeconds())))
            .map(span -> "try again in " + span + ".")
            .orElse("");
    return switch (status.getCode()) {
      case UNAVAILABLE ->
          exit() == Exit.UNREACHABLE
              ? "check that the server runs, --server, and that both certificates are of one trust"
                  + " domain and have not expired."
              : later.isEmpty() ? "try again in a while." : later;
      case DEADLINE_EXCEEDED -> "try again, or allow more time by --timeout.";
      case RESOURCE_EXHAUSTED ->
          later.isEmpty() ? "ask for less, release something, or try again later." : later;
      case NOT_FOUND -> "check the name; \"holdfast list\" shows what there is.";
      case ALREADY_EXISTS -> "choose another name, or \"holdfast get\" the one that exists.";
      case INVALID_ARGUMENT, OUT_OF_RANGE -> "correct what the message names, and try again.";
      case UNAUTHENTICATED -> "show a certificate of this trust domain: see --credentials.";
      case PERMISSION_DENIED -> "use credentials of an identity that may, or ask an operator.";
      case ABORTED -> "read it again: it changed meanwhile. Then repeat the command.";
      case FAILED_PRECONDITION ->
          "\"holdfast explain\" says what stands in the way. Change that, then repeat the command.";
      case UNIMPLEMENTED -> "the server is of another version: use its own command line.";
      case INTERNAL, UNKNOWN, DATA_LOSS ->
          "this is a fault of the server: its log has more. Please report it.";
      case CANCELLED -> "repeat the command.";
      case OK -> "nothing.";
    };
  }

  private static void indent(StringBuilder text, String lines) {
    lines.lines().forEach(line -> text.append("  ").append(line).append('\n'));
  }
}
