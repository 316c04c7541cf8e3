package dev.holdfast.attestation;

/**
 * A node's place on a pathway.
 *
 * @param role what it does there
 * @param node which node
 */
public record Hop(Role role, NodeName node) {}
