package dev.holdfast.server.learn;

import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Blend;
import dev.holdfast.pam.profile.Group;
import dev.holdfast.pam.profile.GroupKey;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.pam.profile.Shape;
import dev.holdfast.pam.profile.TypeView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * All profiles, and the groups that they form: of a user, of a tenant, of a tenant's type of work.
 * A profile is in them as it was when it last changed by a sixteenth. Not for several threads at
 * once.
 */
final class ProfileBook {
  private static final int REJOIN = 16;

  /** The share of samples that is let go of at once. */
  private static final int ROOM = 10;

  private final int most;
  private final int mostRecent;
  private long recent;
  private final LinkedHashMap<ProfileKey, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<GroupKey, Group> groups = new HashMap<>();

  /** Which groups are of a type of work, by tenant. */
  private final Map<String, Map<TenantName, GroupKey>> ofType = new HashMap<>();

  /**
   * A profile and how it stands in its groups.
   *
   * @param workloadType what it last did, as far as that is known
   * @param shape as it joined its groups; empty before it did
   */
  private record Entry(Profile profile, Optional<String> workloadType, Optional<Shape> shape) {
    List<GroupKey> groups() {
      ProfileKey key = profile.key();
      if (key.user().isPresent()) {
        return List.of(new GroupKey.OfUser(key.tenant(), key.user().get()));
      }
      List<GroupKey> keys = new ArrayList<>();
      keys.add(new GroupKey.OfTenant(key.tenant()));
      workloadType.ifPresent(type -> keys.add(new GroupKey.OfType(key.tenant(), type)));
      return keys;
    }

    boolean due() {
      long joined = shape.map(Shape::samples).orElse(0L);
      return profile.sampleCount() - joined > joined / REJOIN;
    }
  }

  /**
   * An empty one.
   *
   * @param most so many profiles are kept: beyond them the one least recently touched gives way
   * @param mostRecent so many samples are kept one by one in all of them: beyond that the profiles
   *     least recently touched let go of theirs
   */
  ProfileBook(int most, int mostRecent) {
    this.most = most;
    this.mostRecent = mostRecent;
  }

  /** What is known of a key, and nothing where nothing is. */
  Profile profile(ProfileKey key) {
    Entry known = entries.get(key);
    return known == null ? Profile.empty(key) : known.profile();
  }

  /** Every profile. */
  Collection<Profile> profiles() {
    return entries.values().stream().map(Entry::profile).toList();
  }

  /** Every group that has members. */
  Map<GroupKey, Group> groups() {
    return Collections.unmodifiableMap(new HashMap<>(groups));
  }

  /** Changes a profile, and those that it falls back to, in the same way. */
  void change(ProfileKey key, Optional<String> workloadType, UnaryOperator<Profile> change) {
    for (ProfileKey level : key.levels()) {
      Entry before =
          entries.getOrDefault(
              level, new Entry(Profile.empty(level), Optional.empty(), Optional.empty()));
      Profile after = change.apply(before.profile());
      if (!after.equals(before.profile())) {
        put(before, new Entry(after, workloadType.or(before::workloadType), before.shape()));
      }
    }
  }

  private void put(Entry before, Entry after) {
    Entry kept = after;
    boolean moved =
        before.shape().isPresent() && !after.workloadType().equals(before.workloadType());
    if (after.due() || moved) {
      leave(before);
      kept =
          new Entry(after.profile(), after.workloadType(), Optional.of(Shape.of(after.profile())));
      join(kept);
    }
    entries.put(after.profile().key(), kept);
    recent += after.profile().recent().size() - before.profile().recent().size();
    if (entries.size() > most) {
      Iterator<Entry> eldest = entries.values().iterator();
      Entry gone = eldest.next();
      recent -= gone.profile().recent().size();
      leave(gone);
      eldest.remove();
    }
    if (recent > mostRecent) {
      letGo();
    }
  }

  /** Lets go of the samples of those least recently touched, until there is room for some more. */
  private void letGo() {
    for (Map.Entry<ProfileKey, Entry> eldest : entries.entrySet()) {
      if (recent <= mostRecent - mostRecent / ROOM) {
        return;
      }
      Entry entry = eldest.getValue();
      recent -= entry.profile().recent().size();
      eldest.setValue(
          new Entry(entry.profile().withoutRecent(), entry.workloadType(), entry.shape()));
    }
  }

  private void join(Entry entry) {
    for (GroupKey key : entry.groups()) {
      Group before = groups.getOrDefault(key, Group.EMPTY);
      groups.put(key, before.joined(entry.shape().orElseThrow()));
      if (key instanceof GroupKey.OfType(TenantName tenant, String type)) {
        ofType.computeIfAbsent(type, _ -> new HashMap<>()).put(tenant, key);
      }
    }
  }

  private void leave(Entry entry) {
    if (entry.shape().isEmpty()) {
      return;
    }
    for (GroupKey key : entry.groups()) {
      Group left = groups.getOrDefault(key, Group.EMPTY).left(entry.shape().get());
      if (!left.isEmpty()) {
        groups.put(key, left);
      } else {
        groups.remove(key);
        if (key instanceof GroupKey.OfType(TenantName tenant, String type)) {
          Map<TenantName, GroupKey> tenants = ofType.getOrDefault(type, new HashMap<>());
          tenants.remove(tenant);
          if (tenants.isEmpty()) {
            ofType.remove(type);
          }
        }
      }
    }
  }

  /** What the levels wider than a profile say of a workload, most specific first. */
  List<Blend.Word> wider(TenantName tenant, Workload workload) {
    List<Blend.Word> words = new ArrayList<>();
    workload
        .user()
        .map(user -> groups.get(new GroupKey.OfUser(tenant, user)))
        .ifPresent(group -> words.add(group.word(ProfileLevel.TENANT_USER)));
    Optional.ofNullable(groups.get(new GroupKey.OfTenant(tenant)))
        .ifPresent(group -> words.add(group.word(ProfileLevel.TENANT)));
    TypeView.of(ofType(workload.workloadType(), Optional.of(tenant))).ifPresent(words::add);
    return words;
  }

  /** What is known of each type of work over all tenants, where there are enough of them. */
  SortedMap<String, Blend.Word> types() {
    SortedMap<String, Blend.Word> known = new TreeMap<>();
    for (String type : ofType.keySet()) {
      TypeView.of(ofType(type, Optional.empty())).ifPresent(word -> known.put(type, word));
    }
    return known;
  }

  /** What each tenant, but perhaps for one, knows of a type of work. */
  private List<Group> ofType(String workloadType, Optional<TenantName> except) {
    List<Group> found = new ArrayList<>();
    ofType
        .getOrDefault(workloadType, Map.of())
        .forEach(
            (tenant, key) -> {
              if (!except.equals(Optional.of(tenant))) {
                found.add(groups.getOrDefault(key, Group.EMPTY));
              }
            });
    return found;
  }
}
