package io.freemask.prompt;

/**
 * A token that is cut out of the text before byte-pair merging, such as the start and end tokens.
 *
 * @param content its text, not empty, without white space
 * @param id its id
 * @param normalized whether it is looked for after normalisation (lower case) instead of before
 * @param singleWord whether a letter, digit or underscore right beside it keeps it from matching
 */
record AddedToken(String content, int id, boolean normalized, boolean singleWord) {}
