/**
 * Who gets through at every route, and the scope that an API key needs there (`-`: no key will do, the default).
 *
 * `open` everyone · `secret` nobody without the token, code or password that was sent · `member` whoever is signed in ·
 * `owner` whose it is, and no one else, staff neither · `author` whose it is, and staff · `proved` as member, shortly
 * after showing who they are · `moderator` and `administrator` these and no one below. With `?` the thing itself is not
 * there: who gets through finds nothing, who does not learns not even that.
 *
 * In bodies `$name` stands for an id of the scene.
 */
export const gateTable = `
DELETE /api/v1/admin/clients/:id                administrator? admin
DELETE /api/v1/admin/logo                       administrator admin
DELETE /api/v1/admin/webhooks/:id               administrator? admin
DELETE /api/v1/boards/:slug                     administrator admin
DELETE /api/v1/boards/:slug/archive             administrator admin
DELETE /api/v1/boards/:slug/chat                administrator admin
DELETE /api/v1/boards/:slug/follow              member        write
DELETE /api/v1/chat/rooms/:id/members/:member   owner         write
DELETE /api/v1/chat/rooms/:id/messages/:number  owner         write
DELETE /api/v1/chat/rooms/:id/messages/:number/reactions/:emoji owner write
DELETE /api/v1/chat/rooms/:id/muted             owner         write
DELETE /api/v1/comments/:id                     author        write
DELETE /api/v1/comments/:id/vote                member        write
DELETE /api/v1/drafts/:id                       silent        write
DELETE /api/v1/invitations/:id                  administrator
DELETE /api/v1/me                               member        -      {"password":"x"}
DELETE /api/v1/me/avatar                        member        write
DELETE /api/v1/me/blocks/:member                member        write
DELETE /api/v1/me/keys/:id                      owner
DELETE /api/v1/me/passkeys/:id                  proved
DELETE /api/v1/me/push/:id                      member?
DELETE /api/v1/me/sessions                      member
DELETE /api/v1/me/sessions/:id                  owner
DELETE /api/v1/me/totp                          proved
DELETE /api/v1/members/:id/block                moderator     moderate
DELETE /api/v1/members/:id/follow               member        write
DELETE /api/v1/posts/:id                        author        write
DELETE /api/v1/posts/:id/accepted               author        write
DELETE /api/v1/posts/:id/bookmark               member        write
DELETE /api/v1/posts/:id/follow                 member        write
DELETE /api/v1/posts/:id/lock                   moderator     moderate
DELETE /api/v1/posts/:id/pin                    moderator     moderate
DELETE /api/v1/posts/:id/vote                   member        write
DELETE /api/v1/sessions/current                 member
DELETE /api/v1/tags/:tag/follow                 member        write
GET /                                           open
GET /admin                                      administrator
GET /admin/about                                administrator
GET /admin/boards                               administrator
GET /admin/boards/:slug                         administrator
GET /admin/boards/:slug/delete                  administrator
GET /admin/clients                              administrator
GET /admin/links                                administrator
GET /admin/mail                                 administrator
GET /admin/members                              administrator
GET /admin/members/:id                          administrator
GET /admin/new-board                            administrator
GET /admin/settings                             administrator
GET /admin/storage                              administrator
GET /admin/texts/:name                          administrator
GET /admin/trending                             administrator
GET /admin/webhooks                             administrator
GET /admin/webhooks/:id                         administrator?
GET /api/docs                                   open
GET /api/docs/json                              open
GET /api/docs/static/*                          open
GET /api/docs/static/index.html                 open
GET /api/docs/static/swagger-initializer.js     open
GET /api/docs/static/theme/mark.svg             open
GET /api/docs/yaml                              open
GET /api/openapi.json                           open
GET /api/v1/admin/clients                       administrator admin
GET /api/v1/admin/links                         administrator -
GET /api/v1/admin/members                       administrator admin
GET /api/v1/admin/settings                      administrator admin
GET /api/v1/admin/webhooks                      administrator admin
GET /api/v1/admin/webhooks/:id                  administrator? admin
GET /api/v1/admin/webhooks/:id/deliveries       administrator? admin
GET /api/v1/boards                              open          read
GET /api/v1/boards/:slug                        open          read
GET /api/v1/boards/:slug/news                   open          read
GET /api/v1/boards/:slug/posts                  open          read
GET /api/v1/chat/rooms                          member        read
GET /api/v1/chat/rooms/:id                      owner         read
GET /api/v1/chat/rooms/:id/members              owner         read
GET /api/v1/chat/rooms/:id/messages             owner         read
GET /api/v1/chat/rooms/:id/messages/:number/versions owner    read
GET /api/v1/chat/rooms/:id/search               owner         read
GET /api/v1/comments/:id                        open          read
GET /api/v1/comments/:id/versions               open          read
GET /api/v1/comments/:id/versions.csv           open          read
GET /api/v1/comments/:id/versions/:version      open          read
GET /api/v1/drafts                              member        read
GET /api/v1/drafts/:id                          owner         read
GET /api/v1/invitations                         member
GET /api/v1/live                                open          read
GET /api/v1/me                                  member        read
GET /api/v1/me/blocks                           member        read
GET /api/v1/me/bookmarks                        member        read
GET /api/v1/me/factors                          member
GET /api/v1/me/follows                          member        read
GET /api/v1/me/keys                             member
GET /api/v1/me/notification-settings            member        read
GET /api/v1/me/push                             member
GET /api/v1/me/sessions                         member
GET /api/v1/me/sign-ins                         member
GET /api/v1/members                             member        read
GET /api/v1/members/:name                       open          read
GET /api/v1/members/:name/deleted-posts          author        read
GET /api/v1/moderation/log                      moderator     moderate
GET /api/v1/moderation/messages                 moderator     moderate
GET /api/v1/moderation/reports                  moderator     moderate
GET /api/v1/news                                open          read
GET /api/v1/notifications                       member        read
GET /api/v1/posts                               open          read
GET /api/v1/posts/:id                           open          read
GET /api/v1/posts/:id/comments                  open          read
GET /api/v1/posts/:id/stats                     author        read
GET /api/v1/posts/:id/versions                  open          read
GET /api/v1/posts/:id/versions.csv              open          read
GET /api/v1/posts/:id/versions/:version         open          read
GET /api/v1/search                              open          read
GET /api/v1/search/similar                      open          read
GET /api/v1/search/suggestions                  open          read
GET /api/v1/tags                                open          read
GET /api/v1/sign-ups                            moderator     moderate
GET /api/v1/site                                open          read
GET /api/v1/site/texts/:name                    secret        read
GET /api/v1/trending                            open          read
GET /assets/:file                               open
GET /b/:slug                                    open
GET /b/:slug/feed.atom                          open
GET /b/:slug/feed.json                          open
GET /b/:slug/feed.xml                           open
GET /boards                                     open
GET /bookmarks                                  member
GET /c/:id                                      open
GET /c/:id/delete                               author
GET /c/:id/edit                                 author
GET /c/:id/history                              open
GET /c/:id/history.csv                          open
GET /c/:id/history/:version                     open
GET /c/:id/reply                                member
GET /c/:id/report                               member
GET /c/:id/restore                              author
GET /chat                                       member
GET /chat/:id                                   owner
GET /chat/:id/about                             owner
GET /chat/:id/messages/:number                  owner
GET /chat/:id/search                            owner
GET /chat/cards                                 member
GET /claim/:token                               secret
GET /confirm/:token                             secret
GET /confirm/done                               open
GET /contact                                    secret
GET /drafts                                     member
GET /drafts/:id                                 owner
GET /favicon.ico                                open
GET /feed.atom                                  open
GET /feed.json                                  open
GET /feed.xml                                   open
GET /files/:name                                secret
GET /forgot                                     open
GET /forgot/done                                open
GET /health/live                                open
GET /health/ready                               open
GET /invitations                                moderator
GET /join/:token                                joining
GET /m/:name                                    open
GET /m/:name/comments                           open
GET /m/:name/deleted                            author
GET /m/:name/feed.atom                          open
GET /m/:name/feed.json                          open
GET /m/:name/feed.xml                           open
GET /manifest.webmanifest                       open
GET /metrics                                    open
GET /mod                                        moderator
GET /mod/left                                   moderator
GET /mod/left/:id                               moderator?
GET /mod/log                                    moderator
GET /mod/members/:id                            moderator
GET /mod/messages                               moderator
GET /mod/sign-ups                               moderator
GET /notifications                              member
GET /notifications/:id                          member?
GET /oembed                                     open
GET /offline                                    open
GET /p/:id                                      open
GET /p/:id/:slug                                open
GET /p/:id/delete                               author
GET /p/:id/edit                                 author
GET /p/:id/history                              open
GET /p/:id/history.csv                          open
GET /p/:id/history/:version                     open
GET /p/:id/lock                                 moderator
GET /p/:id/move                                 moderator
GET /p/:id/pin                                  moderator
GET /p/:id/reply                                member
GET /p/:id/report                               member
GET /p/:id/restore                              author
GET /p/:id/share                                open
GET /p/:id/stats                                author
GET /p/:id/unlock                               moderator
GET /p/:id/unpin                                moderator
GET /pictures/:name                             secret
GET /privacy                                    secret
GET /robots.txt                                 open
GET /rules                                      secret
GET /search                                     open
GET /service-worker.js                          open
GET /settings                                   member
GET /settings/avatar                            member
GET /settings/follows                           member
GET /settings/keys                              member
GET /settings/notifications                     member
GET /settings/people                            member
GET /settings/security                          member
GET /settings/security/passkeys/:id             proved
GET /settings/security/password                 proved
GET /settings/security/prove                    member
GET /settings/security/totp                     proved
GET /settings/security/totp/off                 proved
GET /setup                                      secret
GET /sign-in                                    open
GET /sign-in/code                               open
GET /sign-in/code/:token                        secret
GET /sign-in/second                             open
GET /sign-up                                    open
GET /sitemap.xml                                open
GET /sitemaps/:part                             open
GET /t/:tag                                     open
GET /t/:tag/feed.atom                           open
GET /t/:tag/feed.json                           open
GET /t/:tag/feed.xml                            open
GET /terms                                      secret
GET /trending                                   open
GET /unsubscribe/:token                         secret
GET /upload                                     member
GET /write                                      member
PATCH /api/v1/admin/settings                    administrator admin  {"name":"Yard"}
PATCH /api/v1/admin/webhooks/:id                administrator? admin  {"on":true}
PATCH /api/v1/boards/:slug                      administrator admin  {"about":"x"}
PATCH /api/v1/chat/rooms/:id                    owner         write  {"name":"Renamed"}
PATCH /api/v1/chat/rooms/:id/messages/:number   owner         write  {"body":"changed"}
PATCH /api/v1/comments/:id                      author        write  {"body":"changed"}
PATCH /api/v1/me                                member        write  {"theme":"dark"}
PATCH /api/v1/me/passkeys/:id                   proved        -      {"name":"x"}
PATCH /api/v1/posts/:id                         author        write  {"body":"changed"}
POST /admin/about/logo                          administrator
POST /admin/about/logo/remove                   administrator
POST /admin/boards/:slug                        administrator -      {"name":"x"}
POST /admin/boards/:slug/archive                administrator -      {"reason":"x"}
POST /admin/boards/:slug/delete                 administrator -      {"to":""}
POST /admin/boards/:slug/unarchive              administrator -      {}
POST /admin/checklist                           administrator -      {"show":"1"}
POST /admin/clients                             proved        -      {"name":"x"}
POST /admin/clients/:id/revoke                  administrator?
POST /admin/clients/rule                        administrator
POST /admin/links/:id                           proved
POST /admin/mail                                administrator?
POST /admin/members/:id/block                   administrator -      {"reason":"x","days":"1"}
POST /admin/members/:id/factors                 proved
POST /admin/members/:id/link                    proved
POST /admin/members/:id/role                    administrator -      {"role":"member"}
POST /admin/members/:id/sessions                administrator
POST /admin/members/:id/unblock                 administrator
POST /admin/new-board                           administrator -      {"name":"x"}
POST /admin/settings                            administrator -      {"siteName":"Yard"}
POST /admin/texts/:name                         administrator -      {"body":"x"}
POST /admin/trending                            administrator
POST /admin/webhooks                            proved        -      {"url":"x"}
POST /admin/webhooks/:id/deliveries/:delivery   administrator?
POST /admin/webhooks/:id/off                    administrator?
POST /admin/webhooks/:id/on                     administrator?
POST /admin/webhooks/:id/remove                 administrator?
POST /admin/webhooks/:id/test                   administrator?
POST /api/v1/admin/clients                      proved        -      {"name":"x"}
POST /api/v1/admin/links/:id                    proved        -
POST /api/v1/admin/webhooks                     proved        -      {"url":"x","events":["post.edited"]}
POST /api/v1/admin/webhooks/:id/deliveries/:delivery administrator? admin
POST /api/v1/admin/webhooks/:id/test            administrator? admin
POST /api/v1/boards                             administrator admin  {"slug":"new$post","name":"New"}
POST /api/v1/boards/:slug/posts                 member        write  {"title":"T","body":"b"}
POST /api/v1/chat/rooms                         member        write  {"members":[$target]}
POST /api/v1/chat/rooms/:id/members             owner         write  {"member":$target}
POST /api/v1/chat/rooms/:id/messages            owner         write  {"body":"x","clientId":"y"}
POST /api/v1/chat/rooms/:id/messages/:number/report owner     write  {"reason":"spam"}
POST /api/v1/drafts                             member        write  {"target":"new"}
POST /api/v1/email-confirmations                secret        -      {"token":"x"}
POST /api/v1/files                              member        write
POST /api/v1/invitations                        moderator     -      {"role":"member"}
POST /api/v1/me/email/confirmation              member
POST /api/v1/me/keys                            proved        -      {"name":"k","scopes":["read"]}
POST /api/v1/me/passkeys                        proved        -      {"name":"x","passkey":{"id":"x","rawId":"x","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"x","attestationObject":"x"}}}
POST /api/v1/me/passkeys/options                proved
POST /api/v1/me/proof                           member        -      {"password":"x"}
POST /api/v1/me/push                            member        -      {"endpoint":"https://push.example/x","keys":{"p256dh":"x","auth":"x"}}
POST /api/v1/me/recovery-codes                  proved
POST /api/v1/me/sign-in-code                    member
POST /api/v1/me/totp                            proved
POST /api/v1/me/totp/confirm                    proved        -      {"code":"000000"}
POST /api/v1/members                            open          -      {"name":"x","email":"x","password":"x"}
POST /api/v1/members/:id/link                   proved        -
POST /api/v1/password-resets                    open          -      {"login":"x"}
POST /api/v1/password-resets/use                secret        -      {"token":"x","password":"a fine long one"}
POST /api/v1/posts/:id/comments                 member        write  {"body":"x"}
POST /api/v1/posts/:id/share                    open          write  {"how":"link"}
POST /api/v1/preview                            member        write  {"body":"x"}
POST /api/v1/reports                            member        write  {"post":$post,"reason":"spam"}
POST /api/v1/sessions                           secret        -      {"login":"x","password":"x"}
POST /api/v1/sessions/code                      secret        -      {"code":"x"}
POST /api/v1/sessions/passkey                   secret        -      {"passkey":{}}
POST /api/v1/sessions/passkey/options           open
POST /api/v1/sessions/refresh                   secret        -      {"refreshToken":"x"}
POST /api/v1/sessions/second                    secret        -      {"challenge":"x","code":"x"}
POST /b/:slug/follow                            member        -      {"level":"everything"}
POST /c/:id/delete                              author
POST /c/:id/edit                                author        -      {"body":"changed"}
POST /c/:id/report                              member        -      {"reason":"spam"}
POST /c/:id/restore                             author
POST /c/:id/vote                                member        -      {"value":"1"}
POST /chat                                      member        -      {"names":"nobody there"}
POST /chat/:id/invite                           owner         -      {"member":"x"}
POST /chat/:id/join                             owner
POST /chat/:id/leave                            owner
POST /chat/:id/members/:member/remove           owner
POST /chat/:id/messages                         owner         -      {"body":"x"}
POST /chat/:id/messages/:number/delete          owner
POST /chat/:id/messages/:number/edit            owner         -      {"body":"changed"}
POST /chat/:id/messages/:number/react           owner         -      {"emoji":"👍","on":"1"}
POST /chat/:id/messages/:number/report          owner         -      {"reason":"spam"}
POST /chat/:id/mute                             owner
POST /chat/:id/rename                           owner         -      {"name":"x"}
POST /chat/:id/unmute                           owner
POST /claim/:token                              secret
POST /confirm/:token                            secret
POST /drafts/:id/delete                         silent
POST /forgot                                    open          -      {"login":"x"}
POST /invitations                               moderator     -      {"role":"member","uses":"1","days":"1"}
POST /invitations/:id/revoke                    administrator
POST /join/:token                               secret
POST /m/:id/chat                                member
POST /m/:id/follow                              member        -      {"level":"everything"}
POST /m/:id/keep-away                           member        -      {"kind":"mute"}
POST /mod/members/:id/block                     moderator     -      {"reason":"x","days":"1"}
POST /mod/members/:id/notes                     moderator     -      {"text":"x"}
POST /mod/members/:id/sweep                     moderator     -      {"reason":"x"}
POST /mod/members/:id/unblock                   moderator
POST /mod/messages/:id                          moderator?    -      {"outcome":"dismissed"}
POST /mod/reports/:id                           moderator     -      {"outcome":"dismissed"}
POST /mod/sign-ups/:id                          moderator     -      {"outcome":"approved"}
POST /notifications/read                        member
POST /p/:id/accepted                            author        -      {"comment":"$comment"}
POST /p/:id/bookmark                            member        -      {"on":"1"}
POST /p/:id/comments                            member        -      {"body":"x"}
POST /p/:id/delete                              author
POST /p/:id/edit                                author        -      {"body":"changed"}
POST /p/:id/follow                              member        -      {"level":"everything"}
POST /p/:id/lock                                moderator
POST /p/:id/move                                moderator     -      {"board":"$slug"}
POST /p/:id/pin                                 moderator
POST /p/:id/report                              member        -      {"reason":"spam"}
POST /p/:id/restore                             author
POST /p/:id/unlock                              moderator
POST /p/:id/unpin                               moderator
POST /p/:id/vote                                member        -      {"value":"1"}
POST /preferences                               open          -      {"theme":"dark"}
POST /settings/avatar                           member
POST /settings/avatar/remove                    member
POST /settings/confirm                          member
POST /settings/email                            member
POST /settings/export                           member
POST /settings/keys                             proved        -      {"name":"k"}
POST /settings/keys/:id/revoke                  owner
POST /settings/notifications                    member
POST /settings/notifications/devices/:id        member?
POST /settings/password                         member
POST /settings/profile                          member        -      {"about":"x"}
POST /settings/security/code                    member
POST /settings/security/end                     owner         -      {"id":"$session"}
POST /settings/security/identities/:id/remove   proved
POST /settings/security/others                  member
POST /settings/security/passkeys                proved
POST /settings/security/passkeys/:id            proved        -      {"name":"x"}
POST /settings/security/passkeys/:id/remove     proved
POST /settings/security/password                proved
POST /settings/security/prove                   member
POST /settings/security/recovery-codes          proved
POST /settings/security/totp                    proved
POST /settings/security/totp/confirm            proved
POST /settings/security/totp/off                proved
POST /settings/sessions                         member
POST /settings/withdraw                         member
POST /setup                                     secret
POST /sign-in                                   secret        -      {"login":"x","password":"x"}
POST /sign-in/code                              secret
POST /sign-in/code/:token                       secret
POST /sign-in/passkey                           secret
POST /sign-in/second                            secret
POST /sign-out                                  open
POST /sign-up                                   open
POST /t/:tag/follow                             member        -      {"level":"everything"}
POST /unsubscribe/:token                        secret
POST /upload                                    member
POST /write                                     member        -      {"do":"preview"}
PUT /api/v1/admin/logo                          administrator admin
PUT /api/v1/admin/texts/:name                   administrator admin  {"body":"x"}
PUT /api/v1/boards/:slug/archive                administrator admin {}
PUT /api/v1/boards/:slug/chat                   administrator admin
PUT /api/v1/boards/:slug/follow                 member        write {}
PUT /api/v1/chat/rooms/:id/joined               owner         write
PUT /api/v1/chat/rooms/:id/messages/:number/reactions/:emoji owner write
PUT /api/v1/chat/rooms/:id/muted                owner         write
PUT /api/v1/chat/rooms/:id/read                 owner         write  {"number":1}
PUT /api/v1/comments/:id/restored               author        write
PUT /api/v1/comments/:id/vote                   member        write  {"value":1}
PUT /api/v1/drafts/:id                          owner         write  {"version":1}
PUT /api/v1/me/avatar                           member        write
PUT /api/v1/me/blocks/:member                   member        write {"kind":"mute"}
PUT /api/v1/me/email                            member        -      {"email":"x","password":"x"}
PUT /api/v1/me/notification-settings            member        write {}
PUT /api/v1/me/password                         member        -      {"password":"x","newPassword":"a fine long one"}
PUT /api/v1/members/:id/approval                moderator     moderate {"approved":true}
PUT /api/v1/members/:id/block                   moderator     moderate {"reason":"x"}
PUT /api/v1/members/:id/follow                  member        write {}
PUT /api/v1/members/:id/role                    administrator admin  {"role":"member"}
PUT /api/v1/moderation/messages/:id             moderator?    moderate {"outcome":"dismissed"}
PUT /api/v1/moderation/reports/:id              moderator     moderate {"outcome":"dismissed"}
PUT /api/v1/notifications/read                  member        write {}
PUT /api/v1/posts/:id/accepted                  author        write  {"comment":$comment}
PUT /api/v1/posts/:id/board                     moderator     moderate {"board":"$slug"}
PUT /api/v1/posts/:id/bookmark                  member        write
PUT /api/v1/posts/:id/follow                    member        write {}
PUT /api/v1/posts/:id/lock                      moderator     moderate {"reason":"x"}
PUT /api/v1/posts/:id/pin                       moderator     moderate {"reason":"x"}
PUT /api/v1/posts/:id/restored                  author        write
PUT /api/v1/posts/:id/vote                      member        write  {"value":1}
PUT /api/v1/tags/:tag/follow                    member        write {}
`
