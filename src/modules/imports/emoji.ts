/** Names under which forums write the emoji that people use most. Others keep their name between colons. */
const table = `+1 👍 -1 👎 100 💯 angry 😠 arrow_right ➡️ beer 🍺 beers 🍻 blush 😊 boom 💥 broken_heart 💔 bug 🐛 bulb 💡
cake 🍰 clap 👏 coffee ☕ cold_sweat 😰 computer 💻 confused 😕 cool 🆒 cry 😢 crying_cat_face 😿 disappointed 😞 dizzy_face 😵
exclamation ❗ expressionless 😐 eyes 👀 face_with_raised_eyebrow 🤨 facepalm 🤦 fire 🔥 flushed 😳 frowning 😦 gift 🎁 grimacing 😬
grin 😁 grinning 😀 hammer 🔨 handshake 🤝 heart ❤️ heart_eyes 😍 hugs 🤗 hugging_face 🤗 innocent 😇 information_source ℹ️ joy 😂
kissing_heart 😘 laughing 😆 link 🔗 man_shrugging 🤷 mask 😷 medal_sports 🏅 metal 🤘 muscle 💪 neutral_face 😐 nerd_face 🤓
ok_hand 👌 open_mouth 😮 partying_face 🥳 pensive 😔 point_down 👇 point_right 👉 point_up 👆 pray 🙏 question ❓ rage 😡
raised_hands 🙌 relaxed ☺️ relieved 😌 rocket 🚀 rofl 🤣 roll_eyes 🙄 sad 😢 scream 😱 shrug 🤷 simple_smile 🙂 skull 💀 sleeping 😴
slight_frown 🙁 slight_smile 🙂 slightly_smiling_face 🙂 smile 😄 smiley 😃 smirk 😏 smiling_face_with_three_hearts 🥰 sob 😭
sparkles ✨ star ⭐ star_struck 🤩 stuck_out_tongue 😛 stuck_out_tongue_winking_eye 😜 sunglasses 😎 sunny ☀️ sweat 😓 sweat_smile 😅
tada 🎉 thinking 🤔 thumbsup 👍 thumbsdown 👎 tired_face 😫 trophy 🏆 upside_down_face 🙃 wave 👋 warning ⚠️ white_check_mark ✅
wink 😉 worried 😟 wrench 🔧 x ❌ yum 😋 zap ⚡ zipper_mouth_face 🤐
alembic ⚗️ astonished 😲 balloon 🎈 bat 🦇 blowfish 🐡 books 📚 bowing_man 🙇 butterfly 🦋 calendar 📅 cat 🐱 chart_with_upwards_trend 📈
christmas_tree 🎄 confetti_ball 🎊 confounded 😖 cow 🐮 crazy_face 🤪 crossed_fingers 🤞 crossed_swords ⚔️ desktop_computer 🖥️
disappointed_relieved 😥 dog 🐶 doughnut 🍩 earth_africa 🌍 earth_americas 🌎 earth_asia 🌏 face_with_monocle 🧐
face_with_symbols_over_mouth 🤬 face_with_thermometer 🤒 fearful 😨 fish 🐟 fist 👊 flight_arrival 🛬 floppy_disk 💾 four_leaf_clover 🍀
frowning_face ☹️ ghost 👻 grinning_face_with_smiling_eyes 😄 hamburger 🍔 hear_no_evil 🙉 heartbeat 💓 heavy_check_mark ✔️
hot_pepper 🌶️ hourglass ⌛ hushed 😯 imp 👿 iphone 📱 key 🔑 kissing 😗 laptop 💻 lock 🔒 lying_face 🤥 mag 🔍 mage 🧙 man_facepalming 🤦
mega 📣 memo 📝 microscope 🔬 money_with_wings 💸 moneybag 💰 musical_note 🎵 musical_score 🎼 nail_care 💅 nauseated_face 🤢 nerd 🤓
no_entry ⛔ no_good 🙅 no_mouth 😶 notes 🎶 open_hands 👐 package 📦 paperclip 📎 penguin 🐧 persevere 😣 pig 🐷 pizza 🍕 point_left 👈
poop 💩 pouting_face 😡 pushpin 📌 rabbit 🐰 radioactive ☢️ rainbow 🌈 raised_hand ✋ robot 🤖 rose 🌹 scroll 📜 see_no_evil 🙈 seedling 🌱
sheep 🐑 sleepy 😪 smiling_face_with_tear 🥲 smiling_imp 😈 smile_cat 😸 snail 🐌 snowflake ❄️ snowman ☃️ space_invader 👾
speak_no_evil 🙊 star2 🌟 stuck_out_tongue_closed_eyes 😝 sunflower 🌻 sushi 🍣 test_tube 🧪 triumph 😤 tropical_fish 🐠 unamused 😒
unicorn 🦄 v ✌️ volcano 🌋 vulcan_salute 🖖 wastebasket 🗑️ weary 😩 white_flag 🏳️ wine_glass 🍷 woman_facepalming 🤦 woman_shrugging 🤷
woozy_face 🥴 writing_hand ✍️ zombie 🧟`

const words = table.split(/\s+/)
export const emojiByName: ReadonlyMap<string, string> = new Map(
  words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [])),
)
