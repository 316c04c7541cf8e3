package dev.holdfast.pam.profile;

/** What a profile is about, most specific first. */
public enum ProfileLevel {
  /** One image run by one user of one tenant. */
  TENANT_IMAGE_USER,
  /** One image of one tenant, whoever runs it. */
  TENANT_IMAGE,
  /** Nothing is known: the policy's default amount. */
  DEFAULT
}
