//! Words of requests, in several languages, and the concept that each stands for.
//!
//! Data. An entry is one word, in normal form, or two characters of a script without spaces. A word may stand for
//! several concepts. General words only: no phrase of any one campaign.

/// What a word stands for in the patterns; at most 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Concept {
    Ask,
    Reasoning,
    Think,
    Step,
    All,
    Omit,
    Not,
    Inner,
    Aloud,
    Before,
    Answer,
    Action,
    Why,
    Choice,
    You,
    Prior,
    Between,
    Wrap,
    TagWord,
    Format,
    Translate,
    Language,
    Score,
    Rubric,
    Candidate,
    Prefer,
    Pair,
    Clean,
    Trace,
    Make,
    New,
    Task,
    Ideal,
    Training,
    Alternative,
    Caveat,
    Test,
    Difficulty,
    Rising,
    Pretend,
    ModelName,
    Maker,
    Model,
    Which,
    Are,
    /// Both `You` and `Are` in one word.
    YouAre,
    Continue,
    Removed,
    Speaker,
    Turn,
    /// A number, or a number word.
    Number,
    /// A tag such as `<x>`; found by its form.
    Tag,
    /// A row of symbols that parts sections; found by its form.
    Fence,
    /// A speaker's name before a colon; found by its form.
    Label,
}

impl Concept {
    pub(super) const fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// Every entry with its concept.
pub(super) fn entries() -> impl Iterator<Item = (Concept, &'static str)> {
    LEXICON.iter().flat_map(|(concept, words)| words.split_whitespace().map(|word| (*concept, word)))
}

use Concept::*;

const LEXICON: &[(Concept, &str)] = &[
    (
        Ask,
        "give provide show write output print list include return respond reply report present state describe explain \
        reveal share tell express document narrate dump display detail spell lay walk articulate verbalize verbalise \
        expose record disclose giving providing showing writing including explaining describing \
        展示 给出 写出 输出 列出 解释 说明 描述 讲解 告诉 写下 公开 説明 示し 示せ 書い 出力 述べ 教え 書き 開示 \
        explica explique explicar muestra muestre mostrar escribe escriba da dame proporciona describe detalla incluye \
        explique expliquer expliquez montre montrez donne donnez décris décrivez écris écrivez fournis fournissez détaille \
        erkläre erklären erläutere erläutern zeige zeigen schreibe schreib beschreibe beschreiben gib nenne lege \
        объясни объясните покажи покажите напиши напишите опиши опишите выведи приведи приведите изложи изложите",
    ),
    (
        Reasoning,
        "reasoning rationale rationales thinking thought thoughts deliberation deliberations reasonings deduction \
        deductions inference inferences cot scratchpad monologue musings logic cognition introspection \
        推理 思考 思路 推导 想法 思维 推論 考え 思惟 \
        razonamiento razonamientos pensamiento pensamientos deliberación raisonnement raisonnements pensée pensées réflexion \
        réflexions gedankengang gedankengänge gedanken denkprozess überlegung überlegungen begründungskette denkweise \
        рассуждение рассуждения рассуждений мысли мыслей размышления размышлений",
    ),
    (
        Think,
        "think thinks reason reasons ponder deliberate reflect contemplate brainstorm piensa piense razona razone \
        réfléchis réfléchissez raisonne raisonnez denke denk überlege подумай подумайте рассуждай рассуждайте 想想",
    ),
    (
        Step,
        "step steps stage stages stepwise derivation derivations working workings calculation calculations intermediate \
        substep substeps 步骤 逐步 一步 过程 過程 手順 段階 順を 順序 \
        paso pasos étape étapes schritt schritte schritten schrittweise zwischenschritte zwischenschritt шаг шага шаги \
        шагам шагов пошагово пошаговое ходу",
    ),
    (
        All,
        "all every each entire entirety full fully complete completely whole everything exhaustive exhaustively verbatim \
        unabridged thorough thoroughly detailed wholly word 完整 全部 所有 详细 每个 每一 一切 逐字 全て すべ 全文 完全 詳細 一字 \
        todo toda todos todas completo completa completos completas cada íntegro detallado tout toute tous toutes complet \
        complète complets chaque intégral intégrale intégralement détaillé jeden jede jeder jedes alle alles vollständig \
        vollständige vollständigen vollständiger komplett gesamte gesamten ausführlich весь всё все всю каждый каждую \
        каждого полный полностью полное полную подробно дословно",
    ),
    (
        Omit,
        "omit omitting omitted skip skipping skipped summarise summarize summarising summarizing summary abbreviate \
        condense condensing shorten shortening hide hiding abridge withhold leave leaving 省略 跳过 隐藏 概括 飛ば 隠さ \
        omitir omitas resumir omettre omettez résumer auslassen weglassen kürzen пропуская пропускай сокращай сокращений",
    ),
    (
        Not,
        "not never without no don dont nothing 不要 不得 不能 没有 せず ない なく なし sin no nunca ne pas sans jamais \
        ohne nicht keine nie не без никогда ничего",
    ),
    (
        Inner,
        "inner internal internally hidden private unfiltered raw underlying unspoken silent uncensored unedited \
        privately mental 内部 内心 隐藏 内在 原始 内面 隠れ 心の interno interna internos oculto interior interne internes \
        caché intérieur inneren innere innerer interne internen внутренний внутренние внутренних внутреннего скрытые скрытых",
    ),
    (Aloud, "aloud loud loudly 大声 出声 声に alto haute laut вслух"),
    (
        Before,
        "before prior preceding precede precedes beforehand first 之前 以前 前に 先に 首先 antes primero avant abord \
         zuerst bevor vor vorher перед прежде сначала",
    ),
    (
        Answer,
        "answer answers response responses reply replies solution solutions conclusion conclusions result results \
        verdict 答案 回答 结论 答复 解答 结果 答え 結論 respuesta respuestas solución conclusión réponse réponses \
        antwort antworten lösung lösungen ergebnis ответ ответа ответы ответов ответом решение решения вывод",
    ),
    (
        Action,
        "action actions call calls tool tools move moves command commands invocation click act 行动 动作 调用 操作 工具 \
        行動 命令 acción acciones herramienta llamada action appel outil aktion aktionen werkzeug aufruf действие \
        действием действия вызовом инструмента",
    ),
    (
        Why,
        "why justify justifies justification justifications justifying defend rationale motivate motivated reasons cause \
        为什 为何 理由 依据 原因 なぜ 根拠 理由 porqué justifica justifique justificar justificación pourquoi justifie \
        justifiez justification warum begründe begründen begründung rechtfertige почему обоснуй обоснуйте обоснование",
    ),
    (
        Choice,
        "choice choices choose chose chosen decide decided decision decisions select selected selection pick picked \
        picking arrive arrived reach reached conclude concluded preferred answered came 选择 决定 选出 选了 得出 選択 選ん 決定 \
        decisión elección elegiste elegir elegido escogiste llegaste décision choix choisi décidé parvenu entscheidung \
        wahl gewählt entschieden gekommen выбор выбора выбрал решил решения пришёл пришел",
    ),
    (
        You,
        "you your yours yourself 你的 您的 你是 你在 您是 あな 君の tu tus usted su ton ta tes votre vos vous dein deine \
        deinen deiner du ihr ihre sie ты твой твои твоих ваш ваши вы вас",
    ),
    (
        Prior,
        "previous previously earlier above prior already given last aforementioned preceding following existing final \
        proposed 之前 上述 上面 先前 已经 上一 给定 前の 上記 以前 直前 anterior anteriores previo dada précédent \
        précédente dessus donnée vorherige vorherigen vorige obige obigen gegebene gegebenen предыдущий \
        предыдущего предыдущем выше данный данного",
    ),
    (
        Between,
        "between inside within contained preceded followed bracketed 之间 放在 間に 入れ entre dentro dans zwischen innerhalb \
        между внутри",
    ),
    (
        Wrap,
        "wrap wrapped wrapping enclose enclosed enclosing surround surrounded surrounding delimit delimited delimiting \
        encapsulate encapsulated bracket 包裹 包含 包在 囲ん 囲み 囲む 囲っ encierra envuelve rodea encadre encadrez entoure entourez \
        umschließe umschließen eingeschlossen заключи заключите оберни оберните",
    ),
    (
        TagWord,
        "tag tags marker markers delimiter delimiters xml element elements block blocks brackets sentinel sentinels \
        token tokens separator separators fence fences heading 标签 标记 分隔 定界 标识 タグ 区切 記号 etiqueta etiquetas \
        marcadores delimitadores balise balises délimiteur délimiteurs tag tags markierung markierungen теги тег тегами \
        тегах тегов разделители разделителями",
    ),
    (
        Format,
        "format formatted put place output use using emit begin start end starting ending begins starts ends close \
        opening closing write respond return answer 格式 使用 必须 开头 结尾 形式 使っ 使用 必ず usa usar utiliza formato pon coloca \
        utilise utilisez mets mettez place format verwende verwenden setze nutze format используй используйте помести поместите",
    ),
    (
        Translate,
        "translate translated translating translation translations transliterate transliterated convert converted \
        converting restate rendered render switch 翻译 译成 译为 转换 改用 翻訳 訳し 訳せ traduce traducir traduzca \
        traducción traduis traduisez traduire traduction übersetze übersetzen übersetzung переведи переведите перевод перевести",
    ),
    (
        Language,
        "language languages tongue script english chinese mandarin japanese korean spanish french german russian \
        italian portuguese arabic hindi latin cyrillic hanzi kanji pinyin polish dutch turkish vietnamese thai \
        中文 英文 英语 日语 法语 德语 俄语 语言 汉语 日文 韩语 日本 英語 中国 言語 韓国 idioma inglés español chino japonés \
        francés alemán ruso langue anglais français chinois japonais espagnol allemand russe sprache deutsch englisch \
        chinesisch japanisch französisch spanisch russisch язык языке языка русский русском английский английском \
        китайский китайском",
    ),
    (
        Score,
        "score scores scoring rate rates rating ratings grade grades grading grader rank ranks ranked ranking evaluate \
        evaluates evaluating evaluation assess assessing assessment judge judging judgement judgment critique compare \
        comparing evaluator 评分 打分 评估 排序 排名 比较 评判 评价 採点 評価 順位 比較 判定 evalúa evaluar califica \
        calificar puntúa puntuación compara clasifica note notez évalue évaluez évaluer classe classez compare comparez \
        bewerte bewerten bewertung benote vergleiche vergleichen ordne оцени оцените оценка оценить сравни сравните \
        ранжируй",
    ),
    (
        Rubric,
        "rubric rubrics criteria criterion scale likert points dimension dimensions helpfulness correctness accuracy \
        coherence quality harmlessness 标准 准则 维度 量表 分数 基準 尺度 点数 観点 rúbrica criterio criterios escala puntos \
        critère critères barème échelle kriterium kriterien skala punkte punkten критерий критерии критериям шкале шкала баллов",
    ),
    (
        Candidate,
        "response responses answer answers candidate candidates completion completions output outputs reply \
        replies assistant assistants submission submissions solution solutions essay 回答 答案 候选 回复 输出 応答 候補 答案 \
        respuesta respuestas candidatas réponse réponses candidates antwort antworten kandidaten ответ ответа ответы \
        ответов кандидатов",
    ),
    (
        Prefer,
        "better best prefer prefers preferred preferable preference winner wins worse worst superior rejected tie \
        stronger 更好 偏好 较好 优于 最好 更优 より よい 優れ 良い mejor prefieres peor meilleur meilleure préfères pire besser \
        bessere beste besten schlechter лучше лучший хуже предпочтительнее",
    ),
    (
        Pair,
        "two both pair pairs three four several b c first second 两个 两种 三个 几个 二つ 両方 三つ dos tres ambas deux \
        trois zwei drei beide beiden два две три обе оба",
    ),
    (
        Clean,
        "clean cleaned cleaning cleanup normalise normalize normalised normalized normalising normalizing reformat \
        reformatted polish tidy deduplicate restructure standardise standardize fix strip remove compress rewrite \
        paraphrase sanitise sanitize smooth repair condense edit 清理 整理 规范 改写 润色 清洗 删除 修正 整形 清書 正規 修正 削除 \
        limpia limpiar normaliza reescribe corrige nettoie nettoyez normalise réécris réécrivez corrige bereinige bereinigen \
        normalisiere überarbeite formatiere очисти очистите нормализуй перепиши перепишите исправь приведи",
    ),
    (
        Trace,
        "trace traces trajectory trajectories transcript transcripts log logs scratchpad chain chains reasoning \
        thinking thoughts cot rollouts rollout monologue 轨迹 记录 推理 思维 日志 軌跡 記録 推論 traza trazas transcripción \
        cadena razonamiento trace traces transcription chaîne raisonnement protokoll protokolle gedankengang \
        gedankengänge denkspur транскрипт рассуждения рассуждений цепочку цепочки протокол",
    ),
    (
        Make,
        "generate generates generating create creating propose proposing produce producing write invent craft compose \
        synthesize synthesise design formulate devise construct make come develop 生成 创建 提出 编写 设计 创作 编出 构造 作成 作っ \
        作り 提案 考案 genera generar crea crear propón proponga inventa diseña redacta génère générez crée créez propose \
        proposez invente inventez rédige erzeuge erstelle erstellen generiere entwirf erfinde formuliere создай создайте \
        сгенерируй сгенерируйте придумай придумайте предложи предложите составь составьте",
    ),
    (
        New,
        "new novel diverse different varied unique original additional more distinct challenging fresh another unseen \
        新的 不同 多样 全新 更多 原创 新し 異な 多様 別の 新た nuevas nuevos nueva diversas distintas diferentes originales \
        nouveaux nouvelles nouvelle divers diverses différentes originales variées neue neuen neuer verschiedene \
        vielfältige unterschiedliche weitere новых новые новую разных разные разнообразных разнообразные",
    ),
    (
        Task,
        "task tasks question questions instruction instructions problem problems prompt prompts exercise exercises \
        query queries dialogue dialogues conversation conversations example examples sample samples scenario scenarios \
        puzzle puzzles riddle riddles 任务 问题 指令 题目 示例 提问 样本 例题 课题 課題 質問 問題 指示 例題 tarea tareas pregunta \
        preguntas problemas instrucciones ejercicios ejemplos tâche tâches question questions problèmes exercices exemples \
        consignes aufgabe aufgaben frage fragen anweisungen beispiele übungen задач задачи задачу задание заданий вопрос \
        вопросов вопросы примеров примеры инструкций",
    ),
    (
        Ideal,
        "ideal gold golden reference expert correct perfect exemplary model answer answers solution solutions \
        completion completions response responses solved 理想 参考 标准 正确 答案 回答 解答 模範 正解 答え respuesta respuestas \
        solución soluciones correctas réponse réponses solution solutions corrigé antwort antworten lösung lösungen \
        musterlösung ответ ответы ответами ответом решение решения решением эталонный",
    ),
    (
        Training,
        "dataset datasets training train finetune finetuning tuning synthetic corpus sft distill distillation dpo \
        rlhf jsonl student 数据 训练 微调 蒸馏 语料 学習 合成 蒸留 entrenamiento datos sintéticos entrenar entraînement données \
        synthétiques jeu datensatz trainingsdaten training датасет датасета обучения данных обучающих",
    ),
    (
        Alternative,
        "alternative alternatives alternate variant variants variations approaches ways approach options 替代 备选 \
        其他 方案 方法 代替 別解 手法 alternativas alternativa enfoques alternatives alternative approches variantes \
        alternativen alternative ansätze варианты вариант альтернативы альтернативные альтернатив подходы подхода",
    ),
    (
        Caveat,
        "caveat caveats limitation limitations edge pitfall pitfalls counterexample counterexamples assumption \
        assumptions failure failures drawback drawbacks risks tradeoffs weaknesses 局限 注意 边界 缺点 限制 风险 陷阱 制約 欠点 \
        限界 例外 limitaciones advertencias riesgos supuestos limites réserves pièges hypothèses einschränkungen vorbehalte \
        grenzfälle annahmen fallstricke ограничения оговорки недостатки допущения риски ограничений",
    ),
    (
        Test,
        "test tests verify verification validate validation check checks proof prove unit 测试 验证 检验 用例 检查 検証 \
        テス 確認 prueba pruebas verifica verificación test tests vérifie vérification teste testfälle überprüfe prüfung \
        тест тесты тестов проверь проверку проверки",
    ),
    (
        Difficulty,
        "difficulty difficult easy easiest medium hard harder hardest level levels tier tiers complexity complex \
        beginner simpler advanced 难度 简单 困难 中等 级别 难的 難易 難し 簡単 dificultad fácil difícil nivel niveles difficulté \
        facile difficile niveau niveaux schwierigkeit schwierigkeitsgrad leicht schwer stufe stufen сложность сложности \
        лёгкий сложный уровень уровни уровней",
    ),
    (
        Rising,
        "progressively increasing increasingly gradually escalating ladder successively rising ascending until \
        incrementally 逐渐 递增 越来 依次 递进 徐々 段々 次第 progresivamente creciente aumentando progressivement croissante \
        croissant zunehmend steigend steigender ansteigend возрастающей постепенно нарастающей",
    ),
    (
        Pretend,
        "pretend claim claims claiming assume remember admit confess deny really truly actually secretly insist \
        identify identity true real call called 假装 身份 其实 真实 声称 承认 扮演 正体 本当 振り finge fingir eres identidad \
        prétends identité vraiment prétendre gib behaupte identität wirklich притворись признай личность настоящая действительно",
    ),
    (
        ModelName,
        "gpt chatgpt claude gemini llama qwen deepseek mistral grok openai anthropic kimi moonshot glm zhipu ernie \
        doubao minimax phi cohere copilot bard xai codex 文心 通义 豆包 千问",
    ),
    (
        Maker,
        "made created built developed trained version vendor provider company behind underlying maker developer \
        creator train 开发 训练 版本 公司 厂商 开発 開発 会社 creado creó entrenado desarrollado versión créé entraîné \
        développé entwickelt trainiert erstellt создал создала разработал обучен обучила версия",
    ),
    (
        Model,
        "model models llm ai assistant chatbot network checkpoint bot 模型 助手 モデ 人工 modelo modelos asistente modèle \
        modell modelle assistent модель модели модел ассистент",
    ),
    (
        Which,
        "who which what 哪个 什么 谁开 何と どの quién cuál qué qui quel quelle wer welches welcher welche кто какая какой",
    ),
    (Are, "are am is were be 你是 是谁 です eres soy es suis êtes est bist sind ist seid являешься"),
    (YouAre, "你是 您是 eres bist являешься"),
    (
        Continue,
        "continue continuing resume resuming carry proceed pick extend complete finish 继续 接着 续写 继读 続け 続き \
        再開 continúa continúe sigue reanuda continue continuez reprends poursuis fortsetzen fahre setze weiter продолжи \
        продолжай продолжите",
    ),
    (
        Removed,
        "removed hidden cut truncated stripped interrupted lost missing edited replaced redacted deleted off stopped \
        left partial unfinished 删除 截断 隐藏 中断 丢失 编辑 被删 遗漏 削除 中断 途切 編集 eliminado cortado truncado perdido \
        supprimé coupé tronqué interrompu entfernt abgeschnitten unterbrochen gelöscht удалено удалены удалён обрезано прервано обрезан",
    ),
    (
        Speaker,
        "assistant user human ai system bot model 助手 用户 asistente usuario utilisateur nutzer пользователь ассистент",
    ),
    (
        Turn,
        "turn turns message messages history conversation context reply response thought thoughts thinking reasoning \
        answer 历史 消息 对话 上下 思考 回答 推理 履歴 会話 思考 推論 historial mensaje mensajes conversación razonamiento historique \
        message messages conversation raisonnement verlauf nachricht nachrichten gespräch gedankengang gedanken история \
        сообщение сообщения рассуждение рассуждения диалог ответ",
    ),
    (
        Number,
        "two three four five six seven eight nine ten twelve fifteen twenty thirty fifty hundred dozen several many \
        五个 十个 三个 十道 五道 三道 二十 五つ 十個 三つ cinco diez veinte tres cinq dix vingt trois fünf zehn zwanzig drei \
        пять десять двадцать три",
    ),
];
