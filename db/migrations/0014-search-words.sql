-- Words of the posts that everyone may read, for "did you mean": counted together with search_terms.
create table search_words (
  word text collate "C" primary key,
  -- as it is typed: Korean syllables taken apart, so that a slip of the finger is one letter
  letters text collate "C" not null,
  docs integer not null
);
create index search_words_by_beginning on search_words (letters);
create index search_words_by_end on search_words (reverse(letters));
-- The next count is due at once, and fills it.
update search_sample set taken_at = '2000-01-01Z';
