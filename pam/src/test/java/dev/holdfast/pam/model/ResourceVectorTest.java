package dev.holdfast.pam.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Role;
import dev.holdfast.pam.Samples;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResourceVectorTest {
  static ResourceVector any(RandomGenerator random, long max) {
    ResourceVector vector = ResourceVector.ZERO;
    for (Resource resource : Resource.values()) {
      if (random.nextInt(3) > 0) {
        vector = vector.with(resource, random.nextLong(max + 1));
      }
    }
    return vector;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void additionAndSubtractionAreExactAndUndoEachOther(long seed) {
    RandomGenerator random = Samples.random(seed);
    for (int i = 0; i < 1000; i++) {
      ResourceVector a = any(random, ResourceVector.AMOUNT_MAX / 2);
      ResourceVector b = any(random, ResourceVector.AMOUNT_MAX / 2);
      String words = "seed " + seed + ", turn " + i;
      assertEquals(a, a.plus(b).minus(b), words);
      assertEquals(a.plus(b), b.plus(a), words);
      assertEquals(a.plus(b), a.max(b).plus(a.min(b)), words);
      assertEquals(a.saturatingMinus(b).plus(a.min(b)), a, words);
      assertTrue(a.min(b).fitsWithin(a) && a.fitsWithin(a.max(b)), words);
      assertEquals(a.fitsWithin(b), a.saturatingMinus(b).isZero(), words);
      assertEquals(a.hashCode(), ResourceVector.of(a.asMap()).hashCode(), words);
      assertEquals(a, ResourceVector.of(a.asMap()), words);
    }
  }

  @Test
  void whatWouldFallBelowZeroIsRefused() {
    ResourceVector one = ResourceVector.of(Resource.MEMORY_BYTES, 1);
    ResourceVector two = ResourceVector.of(Resource.MEMORY_BYTES, 2);
    Refusal refusal = assertThrows(Refusal.class, () -> one.minus(two));
    assertInstanceOf(Problem.Amount.class, refusal.problem());
    assertThrows(Refusal.class, () -> ResourceVector.of(Resource.MEMORY_BYTES, -1));
  }

  @Test
  void whatExceedsTwoToTheFiftiethIsRefused() {
    ResourceVector most = ResourceVector.of(Resource.MEMORY_BYTES, ResourceVector.AMOUNT_MAX);
    ResourceVector one = ResourceVector.of(Resource.MEMORY_BYTES, 1);
    assertThrows(Refusal.class, () -> most.plus(one));
    assertThrows(Refusal.class, () -> ResourceVector.of(Resource.MEMORY_BYTES, Long.MAX_VALUE));
    assertThrows(Refusal.class, () -> most.scale(1.01));
  }

  @Test
  void scalingRoundsUp() {
    assertEquals(
        ResourceVector.of(Resource.CPU_MILLICORES, 4),
        ResourceVector.of(Resource.CPU_MILLICORES, 3).scale(1.1));
    assertThrows(IllegalArgumentException.class, () -> ResourceVector.ZERO.scale(Double.NaN));
  }

  @Test
  void everyResourceIsAllottedBySomeRoleAndNoneByAnEnclave() {
    Set<Resource> all = EnumSet.noneOf(Resource.class);
    for (Role role : Role.values()) {
      all.addAll(Resource.allottedBy(role));
    }
    assertEquals(EnumSet.allOf(Resource.class), all);
    assertTrue(Resource.allottedBy(Role.ENCLAVE).isEmpty());
  }

  @Test
  void quantilesThatCrossAreRefused() {
    ResourceVector one = ResourceVector.of(Resource.CPU_MILLICORES, 1);
    ResourceVector two = ResourceVector.of(Resource.CPU_MILLICORES, 2);
    assertEquals(two, new Quantiles(one, two, two, two).at(Quantile.P90));
    assertThrows(IllegalArgumentException.class, () -> new Quantiles(two, one, two, two));
    assertThrows(IllegalArgumentException.class, () -> new Quantiles(one, one, two, one));
  }
}
