/** SPDM over TCP (DMTF DSP0287 1.0): asking devices, and answering as one. */
@NullMarked
package dev.holdfast.node.spdm;

import org.jspecify.annotations.NullMarked;
