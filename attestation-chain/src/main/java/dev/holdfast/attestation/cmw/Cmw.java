package dev.holdfast.attestation.cmw;

import dev.holdfast.attestation.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A conceptual message wrapper, as read and not yet believed (draft-ietf-rats-msg-wrap, 3). */
public sealed interface Cmw {
  /**
   * One message.
   *
   * @param type what it is
   * @param value the message
   * @param indicator the kinds of message that it holds, as a bitmap: 1 reference values, 2
   *     endorsements, 4 evidence, 8 results, 16 trust anchors; empty if it does not say
   */
  record Message(CmwType type, Bytes value, Optional<Integer> indicator) implements Cmw {}

  /**
   * Several wrappers under labels.
   *
   * @param type what they are together: an absolute URI or an object identifier
   * @param members in their order; at least one, where reading succeeded
   */
  record Collection(Optional<String> type, List<Member> members) implements Cmw {
    /** Copies the list. */
    public Collection {
      members = List.copyOf(members);
    }
  }

  /**
   * A wrapper of a collection.
   *
   * @param label a text, or a number in digits
   * @param wrapper what stands under it
   */
  record Member(String label, Cmw wrapper) {}

  /** Every message in it, in order, however deep. */
  default List<Message> messages() {
    return switch (this) {
      case Message message -> List.of(message);
      case Collection collection -> {
        List<Message> all = new ArrayList<>();
        collection.members().forEach(member -> all.addAll(member.wrapper().messages()));
        yield List.copyOf(all);
      }
    };
  }
}
