import type { Words } from './words.ts'

export const en: Words = {
  site: {
    skip: 'Skip to content',
    home: 'Home',
    boards: 'Boards',
    search: 'Search',
    write: 'Write',
    signIn: 'Sign in',
    signUp: 'Sign up',
    signOut: 'Sign out',
    settings: 'Settings',
    language: 'Language',
  },
  errors: {
    invalid: 'Please check what you entered.',
    'not-found': 'There is nothing here, or it is not yours to see.',
    'not-signed-in': 'Please sign in first.',
    forbidden: 'You may not do this.',
    'bad-cursor': 'The page mark in the address is not valid. Please start again from the first page.',
    'wrong-origin': 'This request came from another site and was refused.',
    'too-large': 'What you sent is too large.',
    'too-many': (f) => `Too many requests. Try again in ${f.seconds} s.`,
    unavailable: 'The service is not available for a moment. Please try again soon.',
    'bad-request': 'The request could not be understood.',
    internal: 'Something went wrong on the server. It has been recorded; please try again soon.',
  },
  fields: {
    required: 'This is needed.',
    blank: 'There must be at least one visible character.',
    'too-long': (f) => `At most ${f.limit} characters.`,
    'too-short': (f) => `At least ${f.limit} characters.`,
    unknown: 'This field is not known.',
    type: 'The value is of the wrong kind.',
    taken: (f) => `“${f.value}” is already in use.`,
  },
}
