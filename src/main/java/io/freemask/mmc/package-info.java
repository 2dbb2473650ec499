/**
 * The Mask Matching Cost of FreeMask (arXiv 2409.20500): how well the masks of each cross layer and
 * timestep match ground truth, measured once for a model.
 *
 * <p>Masks are 1 on the object.
 */
@NullMarked
package io.freemask.mmc;

import org.jspecify.annotations.NullMarked;
