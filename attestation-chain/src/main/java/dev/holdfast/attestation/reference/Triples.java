package dev.holdfast.attestation.reference;

import java.util.List;
import java.util.Optional;

/**
 * All that a CoMID says (draft-ietf-rats-corim, section 5.1.4), by kind.
 *
 * @param referenceValues what good evidence shows
 * @param endorsedValues what is so of a part, though it cannot show it
 * @param identityKeys keys that identify a device
 * @param attestKeys keys that sign evidence
 * @param dependencies which parts the trust in a part rests on
 * @param memberships which parts make up a part
 * @param software which CoSWID tags describe a part
 * @param series endorsed values by the first of several conditions that holds
 * @param conditional endorsed values under conditions on several parts
 */
public record Triples(
    List<Values> referenceValues,
    List<Values> endorsedValues,
    List<Keys> identityKeys,
    List<Keys> attestKeys,
    List<Domain> dependencies,
    List<Domain> memberships,
    List<Software> software,
    List<Series> series,
    List<Conditional> conditional) {
  /** Copies the lists. */
  public Triples {
    referenceValues = List.copyOf(referenceValues);
    endorsedValues = List.copyOf(endorsedValues);
    identityKeys = List.copyOf(identityKeys);
    attestKeys = List.copyOf(attestKeys);
    dependencies = List.copyOf(dependencies);
    memberships = List.copyOf(memberships);
    software = List.copyOf(software);
    series = List.copyOf(series);
    conditional = List.copyOf(conditional);
  }

  /**
   * Measurements of a part (sections 5.1.5 and 5.1.6).
   *
   * @param environment the part
   * @param measurements at least one, but for the condition of a series
   */
  public record Values(Environment environment, List<Measurement> measurements) {
    /** Copies the list. */
    public Values {
      measurements = List.copyOf(measurements);
    }
  }

  /**
   * Keys of a part (sections 5.1.9 and 5.1.10).
   *
   * @param environment the part
   * @param keys at least one
   * @param element which element of the part holds them
   * @param authorizedBy who must have said so; anyone who is trusted, if empty
   */
  public record Keys(
      Environment environment,
      List<CryptoKey> keys,
      Optional<MeasurementKey> element,
      List<CryptoKey> authorizedBy) {
    /** Copies the lists. */
    public Keys {
      keys = List.copyOf(keys);
      authorizedBy = List.copyOf(authorizedBy);
    }
  }

  /**
   * A part and those that it is made of, or rests on (section 5.1.11).
   *
   * @param domain the part
   * @param members the others, at least one
   */
  public record Domain(Environment domain, List<Environment> members) {
    /** Copies the list. */
    public Domain {
      members = List.copyOf(members);
    }
  }

  /**
   * A part and the CoSWID tags that describe it (section 5.1.12).
   *
   * @param environment the part
   * @param tags identifiers of CoSWID tags, at least one
   */
  public record Software(Environment environment, List<String> tags) {
    /** Copies the list. */
    public Software {
      tags = List.copyOf(tags);
    }
  }

  /**
   * Endorsed values by the first of several selections that matches (section 5.1.8).
   *
   * @param condition what must be so of the part in any case
   * @param authorizedBy who must have said so
   * @param choices the selections, in order, at least one
   */
  public record Series(Values condition, List<CryptoKey> authorizedBy, List<Choice> choices) {
    /** Copies the lists. */
    public Series {
      authorizedBy = List.copyOf(authorizedBy);
      choices = List.copyOf(choices);
    }
  }

  /**
   * One selection of a series.
   *
   * @param selection what must be so
   * @param addition what is endorsed then
   */
  public record Choice(List<Measurement> selection, List<Measurement> addition) {
    /** Copies the lists. */
    public Choice {
      selection = List.copyOf(selection);
      addition = List.copyOf(addition);
    }
  }

  /**
   * Endorsed values under conditions (section 5.1.7).
   *
   * @param conditions what must be so, all of it
   * @param endorsements what is endorsed then
   */
  public record Conditional(List<Values> conditions, List<Values> endorsements) {
    /** Copies the lists. */
    public Conditional {
      conditions = List.copyOf(conditions);
      endorsements = List.copyOf(endorsements);
    }
  }
}
