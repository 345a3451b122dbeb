import { particle } from './korean.ts'

/** Korean catalogue, the measure for the others. Grouped by page or noun. */
export const ko = {
  site: {
    skip: '본문으로 건너뛰기',
    home: '홈',
    boards: '게시판',
    search: '검색',
    write: '글쓰기',
    signIn: '로그인',
    signUp: '회원 가입',
    signOut: '로그아웃',
    settings: '설정',
    language: '언어',
  },
  errors: {
    invalid: '입력한 내용을 확인해 주세요.',
    'not-found': '찾으시는 것이 없거나 볼 수 없는 곳입니다.',
    'not-signed-in': '로그인이 필요합니다.',
    forbidden: '이 일을 할 권한이 없습니다.',
    'bad-cursor': '주소의 쪽 표시가 올바르지 않습니다. 처음 쪽부터 다시 열어 주세요.',
    'wrong-origin': '다른 사이트에서 보낸 요청이라 받지 않았습니다.',
    'too-large': '보낸 내용이 너무 큽니다.',
    'too-many': (f: { seconds: number }) => `요청이 너무 많습니다. ${f.seconds}초 뒤에 다시 해 주세요.`,
    unavailable: '잠시 서비스를 이용할 수 없습니다. 조금 뒤에 다시 해 주세요.',
    'bad-request': '요청을 이해할 수 없습니다.',
    internal: '서버에 문제가 생겼습니다. 기록해 두었으니 조금 뒤에 다시 해 주세요.',
  },
  fields: {
    required: '필요한 항목입니다.',
    blank: '보이는 글자가 하나 이상 있어야 합니다.',
    'too-long': (f: { limit: number }) => `${f.limit}자까지 쓸 수 있습니다.`,
    'too-short': (f: { limit: number }) => `${f.limit}자 이상이어야 합니다.`,
    unknown: '모르는 항목입니다.',
    type: '값의 형식이 올바르지 않습니다.',
    taken: (f: { value: string }) => `${particle(`“${f.value}”`, '은/는')} 이미 쓰이고 있습니다.`,
  },
}
