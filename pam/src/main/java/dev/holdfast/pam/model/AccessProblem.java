package dev.holdfast.pam.model;

import java.util.Map;

/** Why a caller may not do what it asked for, or not yet be believed to be who it says. */
public sealed interface AccessProblem extends Problem {
  /** A call came without a client certificate that it needs. */
  record ClientCertificateRequired() implements AccessProblem {
    @Override
    public Kind kind() {
      return Kind.UNAUTHENTICATED;
    }

    @Override
    public String reason() {
      return "CLIENT_CERT_REQUIRED";
    }

    @Override
    public String message() {
      return "this call needs a client certificate. Enrol first, then call with the certificate.";
    }
  }

  /** A caller of this kind may not call this. */
  record RoleRefused(String caller, String action) implements AccessProblem {
    @Override
    public Kind kind() {
      return Kind.PERMISSION_DENIED;
    }

    @Override
    public String reason() {
      return "ROLE";
    }

    @Override
    public String message() {
      return "\"" + caller + "\" may not " + action + ". Call with an identity that may.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("subject", caller);
    }
  }

  /** A tenant asks for a higher priority than it may. */
  record PriorityRefused(TenantName tenant, int asked, int most) implements AccessProblem {
    @Override
    public Kind kind() {
      return Kind.PERMISSION_DENIED;
    }

    @Override
    public String reason() {
      return "PRIORITY";
    }

    @Override
    public String message() {
      return "\""
          + tenant
          + "\" asks for priority "
          + asked
          + ", and may ask for "
          + most
          + " at most. Ask for that, or have an operator raise its priorityMax.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("subject", tenant.toString());
    }
  }

  /** What the message says of the caller is not what its certificate says. */
  record IdentityMismatch(String certified) implements AccessProblem {
    @Override
    public Kind kind() {
      return Kind.PERMISSION_DENIED;
    }

    @Override
    public String reason() {
      return "IDENTITY_MISMATCH";
    }

    @Override
    public String message() {
      return "the certificate is of \""
          + certified
          + "\", and the message names another."
          + " Name what the certificate names.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("subject", certified);
    }
  }

  /** A join token does not admit its bearer. */
  record JoinTokenRefused(Why why) implements AccessProblem {
    /** Why it does not. */
    public enum Why {
      /** There is none like it. */
      UNKNOWN("is not known"),
      /** It admitted a node before. */
      USED("was used before"),
      /** Its time is up. */
      EXPIRED("has expired");

      private final String words;

      Why(String words) {
        this.words = words;
      }
    }

    @Override
    public Kind kind() {
      return Kind.UNAUTHENTICATED;
    }

    @Override
    public String reason() {
      return "JOIN_TOKEN_" + why;
    }

    @Override
    public String message() {
      return "the join token " + why.words + ". Ask an operator for a new one.";
    }
  }

  /** What a node reports of a subject is not believed, and kept from teaching. */
  record ReportAnomaly(String subject, String why) implements AccessProblem {
    @Override
    public Kind kind() {
      return Kind.PERMISSION_DENIED;
    }

    @Override
    public String reason() {
      return "REPORT_ANOMALY";
    }

    @Override
    public String message() {
      return "a sample of \""
          + subject
          + "\" is in quarantine and teaches nothing: "
          + why
          + ". Look at the node that sent it.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("subject", subject);
    }
  }

  /**
   * A call is turned away before it begins: by its size, its time, its caller's standing.
   *
   * @param reason in UPPER_SNAKE_CASE
   */
  record CallRefused(Kind kind, String reason, String message, Map<String, String> facts)
      implements AccessProblem {
    /** Copies the map. */
    public CallRefused {
      facts = Map.copyOf(facts);
    }
  }
}
