/** Quantile forecasts by gradient boosted trees; the one package that touches XGBoost. */
@NullMarked
package dev.holdfast.pam.forecast.xgboost;

import org.jspecify.annotations.NullMarked;
