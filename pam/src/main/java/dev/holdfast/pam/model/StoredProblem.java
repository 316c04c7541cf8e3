package dev.holdfast.pam.model;

import java.util.Map;

/** Why what is stored cannot be used as it is. All other rows are served. */
public sealed interface StoredProblem extends Problem {
  /** The row within its shard. */
  String subject();

  @Override
  default Kind kind() {
    return Kind.FAILED_PRECONDITION;
  }

  @Override
  default Map<String, String> facts() {
    return Facts.of("subject", subject());
  }

  /**
   * A row is not what was written, or stands where it was never put: somebody else wrote to the
   * store. It is kept from use until an operator has looked at it.
   *
   * @param subject the row
   */
  record LedgerIntegrity(String subject) implements StoredProblem {
    @Override
    public String reason() {
      return "LEDGER_INTEGRITY";
    }

    @Override
    public String message() {
      return "\""
          + subject
          + "\" was changed in the store by somebody else, and is not used. Find out who can write"
          + " to the store, then run \"holdfast store verify\".";
    }
  }

  /**
   * A row is what was written, and cannot be understood: another release wrote it.
   *
   * @param subject the row
   */
  record RowUnreadable(String subject) implements StoredProblem {
    @Override
    public String reason() {
      return "ROW_UNREADABLE";
    }

    @Override
    public String message() {
      return "\""
          + subject
          + "\" cannot be read: another release wrote it. Run that release, or restore a backup.";
    }
  }
}
