// Every word of the pages, in the languages of the spoken messages. What the device itself says of faults is English.
const WORDS = {
  en: {
    title: "Voice device", captions: "Captions", said: "What is said", "full-screen": "Full screen",
    lost: "The device does not answer; trying again.", user: "You", assistant: "Device",
    idle: "ready", listening: "listening", thinking: "thinking", working: "working", speaking: "speaking",
    muted: "muted", offline: "offline", ringing: "ringing", fault: "fault",
    status: "Status", findings: "What is wrong", "nothing-wrong": "Nothing is known to be wrong.",
    commands: "Commands", mute: "Mute", unmute: "Unmute", interrupt: "Interrupt", forget: "Forget the conversation",
    "stop-ringing": "Stop ringing", reload: "Reload the configuration", volume: "Volume",
    send: "Ask", question: "Question", done: "done", microphone: "Microphone", echo: "Echo removed",
    speaker: "Speaker", snr: "Over the noise of the room",
    link: "Link", sound: "Sound", cost: "Cost today", turns: "Turns", latency: "Wait for an answer",
    memory: "Memory", version: "Version", "last-turns": "Last turns", "no-turns": "Nobody has talked yet.",
    wait: "From the end of a question to the first sound of its answer, of the last turns; the newest is on the right:",
    doctor: "Doctor", "call-doctor": "Check the device", "doctor-note": "Without sound and panel, which the device is using.",
    report: "Report", "make-report": "Make a report", "report-note": "Everything support needs: no sound, no words, no secrets.",
    download: "Download the report", journal: "Journal", "look-only": "You may look, and change nothing.",
    configuration: "Configuration", settings: "Settings", changes: "What is changed, as TOML", save: "Save",
    "configuration-note": "What is changed here counts more than the owner's file, which stays as it is.",
    undo: "Undo the last save", read: "Read it again", reset: "Undo this change", fixed: "set elsewhere:",
    saved: "Saved; it is used once nobody talks.", undone: "Undone; it is used once nobody talks.",
    "from-default": "default", "from-board": "of the board", "from-file": "of the owner's file", "from-changes": "changed here",
    phone: "QR code: these captions on your telephone, for this visit", over: "This visit is over.",
    waits: "a new one is used once nobody talks",
    day: "Today", "waits-of-day": "Wait for an answer by hour: half of the turns (bar), 95 % of them (line)",
    "costs-of-day": "Cost by hour (bar), since midnight (line), and the limit of the day (red)",
    levels: "Levels", up: "up", resting: "resting", down: "down", none: "none", working_on: "one moment …",
    talk: "Talk to the device", conversation: "Conversation", record: "Record", stop: "Stop",
    asking: "Somebody at the device is asked to press its button …", "session-started": "session started", stopped: "The conversation is over.", "see-fields": "See what is wrong with the settings.",
    "no-microphone": "The browser does not give its microphone.",
    insecure: "A browser gives its microphone only to 127.0.0.1, localhost, or an address with https.",
    "talk-settings": "Settings of this conversation", "simulated-note": "Without an endpoint, a simulated service answers.",
    "field-provider": "Provider", "field-endpoint": "Endpoint", "field-key": "Key (kept only until the conversation ends)",
    "field-deployment": "Deployment or model", "field-instructions": "System message", "field-voice": "Voice",
    "field-temperature": "Temperature (older models)", "field-reasoning": "Reasoning", "field-transcription": "Transcription model",
    "field-end": "What ends a turn", "field-threshold": "Threshold of a voice", "field-prefix_padding_ms": "Kept from before the voice",
    "field-silence_duration_ms": "Silence that ends a turn", "field-aggressiveness": "Threshold of a voice",
    "field-hangover_ms": "Silence that ends a turn",
  },
  ja: {
    title: "音声デバイス", captions: "字幕", said: "会話の内容", "full-screen": "全画面",
    lost: "デバイスが応答しません。再接続しています。", user: "あなた", assistant: "デバイス",
    idle: "待機中", listening: "聞いています", thinking: "考えています", working: "作業中", speaking: "話しています",
    muted: "ミュート中", offline: "オフライン", ringing: "鳴っています", fault: "故障",
    status: "状態", findings: "問題", "nothing-wrong": "既知の問題はありません。",
    commands: "操作", mute: "ミュート", unmute: "ミュート解除", interrupt: "中断", forget: "会話を消去",
    "stop-ringing": "アラームを止める", reload: "設定を再読み込み", volume: "音量",
    send: "質問する", question: "質問", done: "完了", microphone: "マイク", echo: "エコー除去",
    speaker: "スピーカー", snr: "室内の騒音との差",
    link: "接続", sound: "音声", cost: "今日の費用", turns: "ターン", latency: "応答までの時間",
    memory: "メモリ", version: "バージョン", "last-turns": "最近のターン", "no-turns": "まだ会話はありません。",
    wait: "質問の終わりから応答の最初の音まで。右端が最新です：",
    doctor: "診断", "call-doctor": "デバイスを診断", "doctor-note": "使用中の音声とパネルは除きます。",
    report: "レポート", "make-report": "レポートを作成", "report-note": "サポートに必要な情報。音声、会話、秘密は含みません。",
    download: "レポートをダウンロード", journal: "ログ", "look-only": "閲覧のみ可能です。",
    configuration: "設定", settings: "設定項目", changes: "変更内容（TOML）", save: "保存",
    "configuration-note": "ここでの変更は所有者のファイルより優先されます。ファイルは変わりません。",
    undo: "最後の保存を取り消す", read: "読み込み直す", reset: "この変更を取り消す", fixed: "他で設定済み：",
    saved: "保存しました。会話が終わると使われます。", undone: "取り消しました。会話が終わると使われます。",
    "from-default": "既定値", "from-board": "ボード", "from-file": "所有者のファイル", "from-changes": "ここで変更",
    phone: "QR コード：この会話の字幕をスマートフォンで見る", over: "この会話は終了しました。",
    waits: "会話が終わると新しい設定が使われます",
    day: "今日", "waits-of-day": "時間ごとの応答までの時間：半数（棒）、95 %（線）",
    "costs-of-day": "時間ごとの費用（棒）、0 時からの累計（線）、1 日の上限（赤）",
    levels: "レベル", up: "接続中", resting: "休止中", down: "切断", none: "なし", working_on: "お待ちください…",
    talk: "デバイスと話す", conversation: "会話", record: "録音", stop: "停止",
    asking: "デバイスのそばの人にボタンを押すよう依頼しています…", "session-started": "セッション開始", stopped: "会話は終了しました。", "see-fields": "設定の問題を確認してください。",
    "no-microphone": "ブラウザーのマイクを使用できません。",
    insecure: "ブラウザーのマイクは、127.0.0.1、localhost、または https のアドレスでのみ使用できます。",
    "talk-settings": "この会話の設定", "simulated-note": "エンドポイントがない場合は、模擬サービスが応答します。",
    "field-provider": "プロバイダー", "field-endpoint": "エンドポイント", "field-key": "キー（会話が終わるまで保持）",
    "field-deployment": "デプロイまたはモデル", "field-instructions": "システムメッセージ", "field-voice": "音声の種類",
    "field-temperature": "温度（旧モデル）", "field-reasoning": "推論", "field-transcription": "文字起こしモデル",
    "field-end": "発話の終わりの判定", "field-threshold": "声のしきい値", "field-prefix_padding_ms": "声の前に残す音声",
    "field-silence_duration_ms": "発話を終える無音", "field-aggressiveness": "声のしきい値",
    "field-hangover_ms": "発話を終える無音",
  },
};

const asked = new URLSearchParams(location.search).get("lang");
const known = [asked, ...navigator.languages].map((tag) => tag?.slice(0, 2)).find((tag) => tag in WORDS);
export const language = known ?? "en";

// The words of a page that is not always there.
export function learn(more) {
  for (const [tag, words] of Object.entries(more)) Object.assign(WORDS[tag], words);
}

export function say(word) {
  return WORDS[language][word] ?? word;
}

export function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-alt]")) element.alt = say(element.dataset.alt);
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
}
