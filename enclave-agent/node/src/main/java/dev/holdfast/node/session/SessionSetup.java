package dev.holdfast.node.session;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.node.enrol.NodeIdentity;
import dev.holdfast.node.evidence.EvidenceSource;
import dev.holdfast.node.state.StateFiles;
import dev.holdfast.proto.replica.Replicas;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a session is made of.
 *
 * @param node who the node is
 * @param servers where PAM listens
 * @param identity the identity to use for the next connection: a renewed one, once it is there
 * @param evidence answers challenges
 * @param allocator makes allocations real
 * @param meter tells what was used
 * @param grantListener hears of grants that change unasked
 * @param state where term, spool and last contact are kept
 * @param softwareVersion at most 128 bytes
 * @param samplePeriod how often to meter, if otherwise than PAM says
 */
public record SessionSetup(
    NodeName node,
    Replicas servers,
    Supplier<NodeIdentity> identity,
    EvidenceSource evidence,
    Allocator allocator,
    UsageMeter meter,
    GrantListener grantListener,
    StateFiles state,
    String softwareVersion,
    Optional<Duration> samplePeriod) {}
