@NullMarked
package dev.holdfast.server.learn.model;

import org.jspecify.annotations.NullMarked;
