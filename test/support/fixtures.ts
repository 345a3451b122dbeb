import type { Viewer } from '#modules/accounts/viewer.ts'
import type { BoardBranch } from '#modules/boards/shapes.ts'
import type { CommentPage, ShownComment } from '#modules/comments/shapes.ts'
import type { ListedPost, ShownPost } from '#modules/posts/shapes.ts'
import type { Page } from '#ui/page.ts'
import { type Language, languages } from '#words/words.ts'

/** Plain data for views: the gallery shows it, the view tests check it. No database. */
export const now = new Date('2026-11-21T05:03:00Z')

/** This data is written in two languages; for readers of others in English. */
const writtenIn = (language: Language) => (language === 'ko' ? 'ko' : 'en')

const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)

export function viewerNamed(name: string, given: Partial<Viewer> = {}): Viewer {
  return {
    id: 7,
    name,
    role: 'member',
    language: null,
    theme: 'system',
    blocked: null,
    sessionId: 's',
    ...given,
  }
}

export function pageFor(language: Language, given: Partial<Page> = {}): Page {
  return {
    words: languages[language],
    language,
    viewer: null,
    theme: 'system',
    site: { name: language === 'ko' ? '느티나무 마당' : 'Elm Yard' },
    timeZone: 'Asia/Seoul',
    here: '/',
    now,
    openReports: null,
    unread: null,
    freshChat: false,
    ...given,
  }
}

const people = [
  '하늘',
  '윤슬',
  'miro',
  '돌담길',
  'Jonas Weber',
  '새벽네시',
  '김서연',
  'petrichor',
  '은하수여행자',
  '감자',
]
const person = (index: number) => ({
  id: 1 + (index % people.length),
  name: people[index % people.length] ?? '',
})

const titles = {
  ko: [
    '가을 산책 모임, 이번 토요일 아침 일곱 시에 만나요',
    '텃밭 배추에 벌레가 생겼는데 약 없이 잡는 방법이 있을까요?',
    '마을 도서관 새 책 들어온 목록 (11월 셋째 주)',
    '오래된 라디오를 고쳐 보았습니다',
    '겨울 난방비 아끼는 법, 각자 해 본 것을 적어 봅시다',
    'PostgreSQL에서 한국어 검색이 느린데 무엇부터 봐야 하나요?',
    '동네 빵집 세 곳을 돌아본 솔직한 기록',
    '강아지를 찾습니다. 갈색 푸들, 이름은 보리입니다',
    '처음 오신 분들께: 마당을 쓰는 법',
    '어제 저녁 노을 보셨나요',
  ],
  en: [
    'Saturday morning walk: meet at the bridge at seven',
    'Caterpillars on my cabbages: what works without spraying?',
    'New at the village library, third week of November',
    'I repaired a radio from 1962',
    'Keeping warm without going broke: what have you tried?',
    'Full text search is slow for short words, where do I look first?',
    'An honest walk through three bakeries',
    'Missing: small brown poodle, answers to Barley',
    'New here? How the yard works',
    'Did you see the sky last night',
  ],
} as const

const boardNames = {
  ko: ['자유 이야기', '묻고 답하기', '살림과 텃밭', '기술', '소식', '운영'],
  en: ['Open talk', 'Questions', 'House and garden', 'Technology', 'News', 'Moderators'],
} as const
const slugs = ['talk', 'questions', 'garden', 'tech', 'news', 'mods']
const tagsOf = { ko: ['가을', '질문', '텃밭'], en: ['autumn', 'help', 'garden'] } as const

export function boardsIn(language: Language): BoardBranch[] {
  const board = (index: number, given: Partial<BoardBranch> = {}): BoardBranch => ({
    id: index + 1,
    slug: slugs[index] ?? '',
    name: boardNames[writtenIn(language)][index] ?? '',
    about:
      language === 'ko'
        ? '날씨, 끼니, 오늘 있었던 일. 무엇이든 편하게 이야기하는 곳입니다.'
        : 'Weather, meals, the day. Talk about anything.',
    parentId: null,
    kind: 'discussion',
    readBy: 'everyone',
    writeBy: 'members',
    downvotes: index % 2 === 1,
    archived: false,
    posts: 120 * (index + 1),
    room: null,
    children: [],
    total: 120 * (index + 1),
    ...given,
  })
  return [
    board(0, { children: [board(4, { parentId: 1, writeBy: 'moderators' })] }),
    board(1, { kind: 'question' }),
    board(2, {
      children: [
        board(3, { parentId: 3, about: '', children: [board(5, { parentId: 4, readBy: 'members' })] }),
      ],
    }),
  ]
}

export function listedPosts(
  language: Language,
  given: { count?: number; member?: boolean } = {},
): ListedPost[] {
  return Array.from({ length: given.count ?? 25 }, (_, index) => {
    const isQuestion = index % 10 === 1 || index % 10 === 5
    const comments = index === 9 ? 0 : (index * 7) % 43
    return {
      id: 1000 - index,
      title: titles[writtenIn(language)][index % 10] ?? '',
      kind: isQuestion ? 'question' : 'discussion',
      board: {
        id: (index % 5) + 1,
        slug: slugs[index % 5] ?? '',
        name: boardNames[writtenIn(language)][index % 5] ?? '',
      },
      author: index === 6 ? null : person(index),
      tags: index % 3 === 0 ? [...tagsOf[writtenIn(language)].slice(0, 1 + (index % 2))] : [],
      createdAt: minutesAgo(index * index * 37),
      activeAt: minutesAgo(index * index * 11),
      votes: (index * 13) % 57,
      comments,
      answers: isQuestion ? 2 : 0,
      views: 40 + ((index * 211) % 1900),
      accepted: index % 10 === 5,
      pinned: index === 0,
      locked: index === 0 || index === 7,
      read: given.member && index % 3 !== 1 ? { newComments: index % 4 === 2 ? 3 : 0 } : null,
    }
  })
}

const proseOf = {
  ko: `<p>지난주에 심은 배추 서른 포기 가운데 절반에 <strong>배추흰나비 애벌레</strong>가 생겼습니다. 아침마다 손으로 잡고 있는데 다음 날이면 또 그만큼 나와 있네요.</p>
<p>찾아보니 이런 방법들이 있다고 합니다.</p>
<ul><li>한랭사를 씌운다. 다만 이미 생긴 뒤라면 소용이 적다</li><li>우유와 물을 <code>1:3</code>으로 섞어 뿌린다</li><li>옆에 상추와 쑥갓을 섞어 심는다</li></ul>
<blockquote><p>벌레가 먹은 만큼만 덜 먹으면 된다고 할머니는 말씀하셨습니다.</p></blockquote>
<p>혹시 해 보신 분이 계시면 <a href="/m/윤슬" class="mention">@윤슬</a> 님처럼 사진과 함께 알려 주세요. 자세한 기록은 <a href="https://example.org/garden">텃밭 일지</a>에 적어 두었습니다.</p>
<pre><code class="language-sql"><span class="hljs-keyword">select</span> day, <span class="hljs-built_in">count</span>(*) <span class="hljs-keyword">from</span> caterpillars <span class="hljs-comment">-- 매일 아침</span>
<span class="hljs-keyword">group</span> <span class="hljs-keyword">by</span> day</code></pre>`,
  en: `<p>Half of the thirty cabbages I planted last week have <strong>cabbage white caterpillars</strong>. I pick them every morning and the next day there are as many again.</p>
<p>What I found so far:</p>
<ul><li>Cover them with a net, though that is little use once they are there</li><li>Spray milk and water, <code>1:3</code></li><li>Plant lettuce in between</li></ul>
<blockquote><p>Eat a little less, my grandmother said, they have to live too.</p></blockquote>
<p>If you tried one of these, please tell, with pictures like <a href="/m/miro" class="mention">@miro</a>. My notes are in the <a href="https://example.org/garden">garden log</a>.</p>`,
} as const

export function shownPost(language: Language, given: Partial<ShownPost> = {}): ShownPost {
  return {
    id: 999,
    title: titles[writtenIn(language)][1],
    kind: 'question',
    board: {
      id: 2,
      slug: 'questions',
      name: boardNames[writtenIn(language)][1],
      readBy: 'everyone',
      downvotes: true,
      archived: false,
    },
    author: person(0),
    country: 'VN',
    tags: [...tagsOf[writtenIn(language)]],
    version: 3,
    html: proseOf[writtenIn(language)],
    body: '',
    createdAt: minutesAgo(3000),
    editedAt: minutesAgo(1200),
    votes: 17,
    comments: 20,
    answers: 4,
    views: 812,
    acceptedId: 101,
    pin: null,
    lock: null,
    deleted: null,
    move: null,
    mine: null,
    ...given,
  }
}

const remarksOf = {
  ko: [
    '<p>저도 작년에 같은 일을 겪었습니다. 한랭사를 일찍 씌우는 것이 가장 확실했고, 이미 생긴 뒤에는 며칠 동안 아침저녁으로 손으로 잡는 수밖에 없었어요. 잎 뒷면의 노란 알을 먼저 떼어 내면 훨씬 줄어듭니다.</p>',
    '<p>우유는 냄새가 나서 권하지 않습니다. 차라리 목초액을 옅게 타서 뿌려 보세요.</p><p>사흘 간격으로 세 번이면 눈에 띄게 줄어듭니다.</p>',
    '<p>좋은 정보 고맙습니다!</p>',
    '<p>상추를 섞어 심는 것은 효과가 있었습니다. 다만 그늘이 지면 배추가 작아지니 두 줄에 한 줄쯤만 심는 것이 좋겠습니다. 사진은 저녁에 올려 볼게요.</p>',
  ],
  en: [
    '<p>Same here last year. Covering them early was the only thing that really worked; afterwards it was picking by hand, morning and evening. Take off the yellow eggs below the leaves first.</p>',
    '<p>I would not use milk, it smells. Try thin wood vinegar instead.</p><p>Three times, three days apart.</p>',
    '<p>Thank you, that helps!</p>',
    '<p>Lettuce in between did work for me, but keep it to every other row, or the cabbages stay small. Pictures tonight.</p>',
  ],
} as const

const depths = [0, 1, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 1, 1, 0, 1, 2, 0]

/** Twenty comments of ordinary length, eight levels deep in one place, one deleted. */
export function shownComments(language: Language, given: { question?: boolean } = {}): ShownComment[] {
  const path: number[] = []
  return depths.map((depth, index) => {
    const id = 101 + index
    path[depth] = id
    const deleted = index === 5
    return {
      id,
      parentId: depth === 0 ? null : (path[depth - 1] ?? null),
      depth,
      author: deleted ? null : person(index + 1 + (index % 3)),
      html: deleted ? '' : (remarksOf[writtenIn(language)][index % 4] ?? ''),
      version: index % 6 === 1 ? 2 : 1,
      createdAt: minutesAgo(2000 - index * 90),
      editedAt: null,
      votes: deleted ? 0 : (index * 5) % 13,
      deleted,
      accepted: given.question === true && index === 0,
      answer: given.question === true && depth === 0,
      myVote: index === 1 ? 1 : 0,
      muted: false,
    }
  })
}

export function threadOf(comments: ShownComment[], given: Partial<CommentPage> = {}): CommentPage {
  return { comments, remarks: [], next: null, previous: false, ...given }
}
