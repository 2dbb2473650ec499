module example.embedding {
  requires io.freemask;
}
