package dev.holdfast.pam.model;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Why something is refused: one record for each kind of refusal, each with words that say what
 * happened, why, and what to do.
 *
 * <p>Text that came from a caller is never repeated in it, and neither is a nonce or a secret.
 */
public sealed interface Problem
    permits AccessProblem,
        HoldProblem,
        StoredProblem,
        Problem.Invalid,
        Problem.Precondition,
        Problem.Exhausted,
        Problem.Unreachable,
        Problem.Taken,
        Problem.EnumUnknown,
        Problem.About,
        Problem.ChainRefused {
  /** The classes of refusal; names and meanings are those of {@code google.rpc.Code}. */
  enum Kind {
    INVALID_ARGUMENT,
    FAILED_PRECONDITION,
    OUT_OF_RANGE,
    UNAUTHENTICATED,
    PERMISSION_DENIED,
    NOT_FOUND,
    ALREADY_EXISTS,
    ABORTED,
    RESOURCE_EXHAUSTED,
    UNIMPLEMENTED,
    UNAVAILABLE,
    DEADLINE_EXCEEDED
  }

  /** What has a subject and no other fact. */
  sealed interface About extends Problem {
    /** The full name of what it is about. */
    String subject();

    @Override
    default Map<String, String> facts() {
      return Facts.of("subject", subject());
    }
  }

  /** Its class. */
  Kind kind();

  /** The stable identifier, in UPPER_SNAKE_CASE. */
  String reason();

  /** What happened, why, and what to do. */
  String message();

  /** What the words are about, for programs: keys in lower_snake_case. */
  default Map<String, String> facts() {
    return Map.of();
  }

  /** How long to wait before asking again; empty where asking again alone does not help. */
  default Optional<Duration> retryAfter() {
    return Optional.empty();
  }

  /** What can never be valid. */
  sealed interface Invalid extends Problem {
    @Override
    default Kind kind() {
      return Kind.INVALID_ARGUMENT;
    }
  }

  /** What waits for another state. */
  sealed interface Precondition extends Problem {
    @Override
    default Kind kind() {
      return Kind.FAILED_PRECONDITION;
    }
  }

  /** What there is no room for. */
  sealed interface Exhausted extends Problem {
    @Override
    default Kind kind() {
      return Kind.RESOURCE_EXHAUSTED;
    }
  }

  /** What may work when tried again. */
  sealed interface Unreachable extends Problem {
    @Override
    default Kind kind() {
      return Kind.UNAVAILABLE;
    }
  }

  /** What there is already. */
  sealed interface Taken extends Problem {
    @Override
    default Kind kind() {
      return Kind.ALREADY_EXISTS;
    }
  }

  /** An id or a name has not the form that it must have. */
  record IdFormat(String field, String form) implements Invalid {
    @Override
    public String reason() {
      return "ID_FORMAT";
    }

    @Override
    public String message() {
      return "\"" + field + "\" has not the form that it must have: " + form + ".";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("field", field, "form", form);
    }
  }

  /** A field that is required was not sent. */
  record FieldMissing(String field) implements Invalid {
    @Override
    public String reason() {
      return "FIELD_MISSING";
    }

    @Override
    public String message() {
      return "\"" + field + "\" is required and was not sent. Set it.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("field", field);
    }
  }

  /** An enum holds a number that this release does not know. */
  record EnumUnknown(String field, int number) implements Problem {
    @Override
    public Kind kind() {
      return Kind.UNIMPLEMENTED;
    }

    @Override
    public String reason() {
      return "ENUM_UNKNOWN";
    }

    @Override
    public String message() {
      return "\""
          + field
          + "\" holds "
          + number
          + ", which this release does not know."
          + " Send a value that it knows, or ask a newer release.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("field", field, "number", Integer.toString(number));
    }
  }

  /** A number or a length is out of its range; {@code found} is a number, never a caller's text. */
  record Amount(String field, String range, String found) implements Invalid {
    @Override
    public String reason() {
      return "AMOUNT";
    }

    @Override
    public String message() {
      return "\"" + field + "\" allows " + range + ", not " + found + ".";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("field", field, "range", range, "found", found);
    }
  }

  /** A time or a span is not possible. */
  record Window(String what, String remedy) implements Invalid {
    @Override
    public String reason() {
      return "WINDOW";
    }

    @Override
    public String message() {
      return "The window is not possible: " + what + ". " + remedy;
    }
  }

  /** A request id came again with another request. */
  record RequestIdReused(RequestId requestId) implements Taken {
    @Override
    public String reason() {
      return "REQUEST_ID_REUSED";
    }

    @Override
    public String message() {
      return "request_id \""
          + requestId
          + "\" was used within 24 hours for another request."
          + " Make a new one.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("request_id", requestId.toString());
    }
  }

  /** A node has not enough room. */
  record Capacity(NodeName node, Resource resource, long asked, long free) implements Exhausted {
    @Override
    public String reason() {
      return "CAPACITY";
    }

    @Override
    public String message() {
      return "node \""
          + node
          + "\" has "
          + free
          + " "
          + resource
          + " free, and "
          + asked
          + " was asked for. Ask for less, for another time, or for another trust zone.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of(
          "hop",
          node.toString(),
          "subject",
          node.toString(),
          "resource",
          resource.name(),
          "asked",
          Long.toString(asked),
          "free",
          Long.toString(free));
    }
  }

  /** A tenant's quota leaves not enough. */
  record Quota(TenantName tenant, Resource resource, long asked, long free) implements Exhausted {
    @Override
    public String reason() {
      return "QUOTA";
    }

    @Override
    public String message() {
      return "the quota of \""
          + tenant
          + "\" leaves "
          + free
          + " "
          + resource
          + ", and "
          + asked
          + " was asked for. Ask for less, release something, or have the quota raised.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of(
          "subject",
          tenant.toString(),
          "resource",
          resource.name(),
          "asked",
          Long.toString(asked),
          "free",
          Long.toString(free));
    }
  }

  /** There is no such thing, or the caller may not know of it. */
  record NotFound(String subject) implements About {
    @Override
    public Kind kind() {
      return Kind.NOT_FOUND;
    }

    @Override
    public String reason() {
      return "NOT_FOUND";
    }

    @Override
    public String message() {
      return "\"" + subject + "\" was not found. Check the name.";
    }
  }

  /** The name is taken. */
  record AlreadyExists(String subject) implements Taken, About {
    @Override
    public String reason() {
      return "ALREADY_EXISTS";
    }

    @Override
    public String message() {
      return "\"" + subject + "\" exists already. Choose another name, or change that one.";
    }
  }

  /** It was changed since the caller read it. */
  record StaleEtag(String subject) implements About {
    @Override
    public Kind kind() {
      return Kind.ABORTED;
    }

    @Override
    public String reason() {
      return "STALE_ETAG";
    }

    @Override
    public String message() {
      return "\"" + subject + "\" was changed since it was read. Read it again and repeat.";
    }
  }

  /** A pathway's chain has expired, or it has none yet ({@code expiredAt} is then the epoch). */
  record AttestationExpired(PathwayName pathway, Instant expiredAt) implements Precondition {
    @Override
    public String reason() {
      return "ATTESTATION_EXPIRED";
    }

    @Override
    public String message() {
      String why =
          expiredAt.equals(Instant.EPOCH)
              ? "was never attested"
              : "was attested until " + expiredAt + " only";
      return "pathway \"" + pathway + "\" " + why + ". Attest it again.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("subject", pathway.toString());
    }
  }

  /** Another replica leads; {@code leader} is its address where it is known. */
  record NotLeader(Optional<String> leader) implements Unreachable {
    @Override
    public String reason() {
      return "NOT_LEADER";
    }

    @Override
    public String message() {
      return "this replica does not lead. "
          + leader.map(at -> "Ask \"" + at + "\".").orElse("Ask again shortly.");
    }

    @Override
    public Map<String, String> facts() {
      return leader.map(at -> Facts.of("leader", at)).orElse(Facts.of());
    }
  }

  /** A chain, or the evidence of one node, is not trusted; findings are worst first. */
  record ChainRefused(String subject, List<Finding> findings) implements Problem {
    /** Copies the list. */
    public ChainRefused {
      findings = List.copyOf(findings);
    }

    /** The refusal of a pathway's chain. */
    public ChainRefused(PathwayName pathway, List<Finding> findings) {
      this(pathway.toString(), findings);
    }

    @Override
    public Kind kind() {
      return findings.isEmpty()
          ? Kind.PERMISSION_DENIED
          : ReasonKinds.of(findings.getFirst().reason());
    }

    @Override
    public String reason() {
      return findings.isEmpty() ? "CHAIN_REFUSED" : findings.getFirst().reason().name();
    }

    @Override
    public String message() {
      if (findings.isEmpty()) {
        return "\"" + subject + "\" is not trusted. Attest it again.";
      }
      Finding worst = findings.getFirst();
      String remedy = worst.remedy().isEmpty() ? "Attest it again." : worst.remedy();
      return "\"" + subject + "\" is not trusted: " + worst.message() + ". " + remedy;
    }

    @Override
    public Map<String, String> facts() {
      if (findings.isEmpty()) {
        return Facts.of("subject", subject);
      }
      Finding worst = findings.getFirst();
      // Where on a pathway: the node itself, or its place.
      String hop = subject.contains("/nodes/") ? subject : worst.claim();
      return Facts.of(
          "subject", subject, "hop", hop, "claim", worst.claim(), "component", worst.component());
    }
  }

  /** It stands in a state in which this cannot be done. */
  record IllegalState(String subject, String state, String remedy) implements Precondition {
    @Override
    public String reason() {
      return "ILLEGAL_STATE";
    }

    @Override
    public String message() {
      return "\"" + subject + "\" is " + state + ". " + remedy;
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("subject", subject, "state", state);
    }
  }

  /** Too much is asked at once. */
  record Overloaded(String what, Duration pause) implements Exhausted {
    @Override
    public String reason() {
      return "OVERLOADED";
    }

    @Override
    public String message() {
      return what + " is at its limit. Ask again in " + pause.toMillis() + " ms.";
    }

    @Override
    public Optional<Duration> retryAfter() {
      return Optional.of(pause);
    }
  }

  /** Something that is needed cannot be reached now. */
  record Unavailable(String subject, String why) implements Unreachable, About {
    @Override
    public String reason() {
      return "UNAVAILABLE";
    }

    @Override
    public String message() {
      return "\"" + subject + "\" cannot be reached: " + why + ". Ask again shortly.";
    }
  }

  /** The store did not answer, or not in time; what was asked may have happened or not. */
  record StoreUnavailable(String why) implements Unreachable {
    @Override
    public String reason() {
      return "STORE_UNAVAILABLE";
    }

    @Override
    public String message() {
      return "the store did not answer: " + why + ". Repeat with the same request_id.";
    }
  }
}
