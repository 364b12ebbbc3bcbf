"""Reading trials: both spellings of the header, and every problem named with its file, column and lines."""

from pathlib import Path

import numpy as np
import pytest

from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.datasets.readers.trial_columns import stated_columns
from brainrank.datasets.readers.trials import check_aligned, in_common, read_trials

HEADER = "subj,Session,trial,rt,object_response,category,condition,imagename"
ROWS = (
    "subject-01,1,1,0.79,oven,oven,cr,0001_cl_s01_cr_oven_40_n04111531_14126.png",
    "subject-01,1,2,0.61,na,bear,cr,0002_cl_s01_cr_bear_40_n02132136_11.png",
    "subject-01,1,3,NaN,cat,bear,bw,0003_cl_s01_bw_bear_40_n02132136_12.png",
)


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_columns_come_out_by_name(tmp_path: Path) -> None:
    trials = read_trials([write(tmp_path / "a.csv", *ROWS)])
    assert trials.observers == ("subject-01",)
    assert trials.stimulus_id.tolist() == ["n04111531_14126.png", "n02132136_11.png", "n02132136_12.png"]
    assert trials.condition.tolist() == ["cr", "cr", "bw"]
    assert trials.correct.tolist() == [True, False, False]  # na is wrong
    assert trials.reaction_time_s is not None
    np.testing.assert_array_equal(trials.reaction_time_s, [0.79, 0.61, np.nan])


def test_either_spelling_and_a_folder_and_a_model_meet_on_the_same_stimuli(tmp_path: Path) -> None:
    folder = tmp_path / "nested" / "deeper"
    folder.mkdir(parents=True)
    write(folder / "human.csv", "subject-01,1,1,0.8,bird,bird,0,0001_s5n_s01_0_bird_00_bird3-bird2.png")
    model = write(
        tmp_path / "model.csv",
        "resnet50,1,1,NaN,Bird,bird,NaN,bird3-bird2.png",
        header="subj,session,trial,rt,object_response,category,condition,imagename",
    )
    trials = read_trials([tmp_path / "nested", model])
    assert trials.observers == ("resnet50", "subject-01")
    assert trials.stimulus_ids == ("bird3-bird2.png",)
    assert trials.conditions == ("0",)
    assert trials.correct.all()


@pytest.mark.parametrize(
    ("written", "also", "meant"),
    [("0.90", "0.9", "0.9"), ("3", "3.0", "3"), ("10", "10.00", "10"), ("0.00", "0", "0"), ("inf", "inf", "inf")],
)
def test_a_condition_that_is_a_number_is_the_same_however_written(
    tmp_path: Path, written: str, also: str, meant: str
) -> None:
    human = write(
        tmp_path / "human.csv", f"subject-01,1,1,0.8,bird,bird,{written},0001_nse_s01_{written}_bird_10_n1.png"
    )
    model = write(tmp_path / "model.csv", f"resnet50,1,1,NaN,bird,bird,{also},0001_nse_dnn_{also}_bird_10_n1.png")
    trials = read_trials([human, model])
    assert trials.conditions == (meant,)
    assert trials.stimulus_ids == ("n1.png",)


def test_times_are_none_when_nobody_recorded_them(tmp_path: Path) -> None:
    header = "subject,response,category,imagename"
    trials = read_trials([write(tmp_path / "a.csv", "me,cat,cat,one.png", "me,dog,cat,two.png", header=header)])
    assert trials.reaction_time_s is None
    assert trials.conditions == ("0",)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            HEADER.replace("category", "categroy"),
            "no column for category .*unknown columns 'categroy' .did you mean category",
        ),
        (HEADER.replace("subj", "who"), "no column for observer"),
        (HEADER.replace("trial", "colour"), "unknown columns 'colour'"),
        (HEADER.replace("trial", "subject"), "mean the same: subj, subject"),
        (HEADER.replace("trial", "session"), "mean the same"),
    ],
)
def test_columns_that_do_not_fit(tmp_path: Path, header: str, says: str) -> None:
    with pytest.raises(InvalidDataError, match=says) as caught:
        read_trials([write(tmp_path / "a.csv", *ROWS, header=header)])
    assert "a.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("subject-01,1,4,.7,,bear,bw,four.png", "column 'object_response', line 5: empty; write na"),
        ("subject-01,1,4,.7,bear,,bw,four.png", "column 'category', line 5: empty"),
        ("subject-01,1,4,.7,bear,bear,bw", "column 'imagename', line 5: empty"),
        ("subject-01,1,4,.7,zebra,bear,bw,four.png", "column 'object_response', line 5: unknown zebra"),
        ("subject-01,1,4,fast,bear,bear,bw,four.png", "column 'rt', line 5: not a number"),
        (
            ROWS[0].replace("0001_", "0009_"),
            "line 5: observer subject-01 saw n04111531_14126.png under condition cr before",
        ),
        (ROWS[0].replace(",oven,cr", ",cat,bw"), "line 5: n04111531_14126.png is cat here and oven elsewhere"),
    ],
)
def test_rows_that_do_not_fit(tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(InvalidDataError, match=says) as caught:
        read_trials([write(tmp_path / "a.csv", *ROWS, row)])
    assert "a.csv" in str(caught.value)


def test_repeats_across_files_are_found(tmp_path: Path) -> None:
    files = [write(tmp_path / name, *ROWS) for name in ("a.csv", "b.csv")]
    with pytest.raises(InvalidDataError, match=r"b\.csv, column 'imagename', line 2, 3, 4: observer subject-01"):
        read_trials(files)


def test_other_categories_are_those_found_or_given(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "me,1,1,.5,p,q,0,one.png", "me,1,2,.5,q,q,0,two.png", "me,1,2,.5,p,p,0,three.png")
    assert read_trials([file]).correct.sum() == 2
    assert read_trials([file], categories=["p", "q", "V"]).correct.sum() == 2
    with pytest.raises(InvalidDataError, match="unknown q"):
        read_trials([file], categories=["p", "v"])


def test_misaligned_stimuli(tmp_path: Path) -> None:
    other = ROWS[0].replace("subject-01", "subject-02")
    file = write(tmp_path / "a.csv", *ROWS, other)
    says = r"1 of 2 observers lack some.*subject-02 lacks 2 of 3 \(first: n02132136_12.png \(condition bw\)"
    with pytest.raises(InvalidDataError, match=says):
        read_trials([file])
    shared = in_common(read_trials([file], aligned=False))
    assert len(shared) == 2
    check_aligned(shared)


def test_nothing_in_common(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ROWS[0], ROWS[1].replace("subject-01", "subject-02"))
    with pytest.raises(InvalidDataError, match="No stimulus was seen by all 2 observers"):
        in_common(read_trials([file], aligned=False))


@pytest.mark.parametrize("content", ["", "a,b\n", HEADER + "\n", "\xff\xfe\x00binary"])
def test_files_that_are_no_tables(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(InvalidDataError, match=r"a\.csv"):
        read_trials([file])


def test_paths_that_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="does not exist"):
        read_trials([tmp_path / "no.csv"])
    with pytest.raises(InvalidDataError, match=r"holds no \*\.csv"):
        read_trials([tmp_path])
    with pytest.raises(InvalidDataError, match="No file of trials"):
        read_trials([])


def test_blank_lines_do_not_shift_line_numbers(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", ROWS[0], "", "subject-01,1,4,.7,zebra,bear,bw,four.png", "")
    with pytest.raises(InvalidDataError, match="line 4: unknown zebra"):
        read_trials([file])


KINDS = "observer,stimulus_id,response,category,observer_type"


def test_a_column_says_who_is_a_model(tmp_path: Path) -> None:
    trials = read_trials([write(tmp_path / "a.csv", "net,i1,cat,cat,DNN", "ann,i1,cat,cat,", header=KINDS)])
    assert trials.models == {"net"}
    assert trials.select(np.array([True, False])).models == {"net"}
    people = write(tmp_path / "b.csv", "ann,i1,cat,cat", header=KINDS.rpartition(",")[0])
    assert read_trials([people]).models == frozenset()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("net,i1,cat,cat,robot",), r"a.csv, column 'observer_type', line 2: unknown robot; write model or human"),
        (("net,i1,cat,cat,model", "net,i2,cat,cat,human"), "line 3: net is a model elsewhere"),
    ],
)
def test_a_kind_that_is_none_or_two_is_refused(tmp_path: Path, rows: tuple[str, ...], says: str) -> None:
    with pytest.raises(InvalidDataError, match=says):
        read_trials([write(tmp_path / "a.csv", *rows, header=KINDS)])


JSPSYCH = "rt,stimulus,response,trial_type,trial_index,time_elapsed,internal_node_id,subject,category"


def test_the_files_of_jspsych_are_read(tmp_path: Path) -> None:
    """Times in milliseconds, no answer as null, and rows that ask nothing."""
    rows = (
        ",<p>+</p>,,html-keyboard-response,0,1,0.0,A,",
        "500,img0.png,cat,image-keyboard-response,1,0,0.0-1.0,A,cat",
        "null,img1.png,null,image-keyboard-response,2,1000,0.0-1.0,A,dog",
    )
    with pytest.raises(InvalidDataError, match="column 'rt', line 4: not a number"):
        read_trials([write(tmp_path / "a.csv", *rows, header=JSPSYCH)])
    trials = read_trials([write(tmp_path / "a.csv", *rows[:2], rows[2].replace("null,", ",", 1), header=JSPSYCH)])
    assert trials.stimulus_id.tolist() == ["img0.png", "img1.png"]
    assert trials.response.tolist() == ["cat", "na"]
    assert trials.reaction_time_s is not None
    np.testing.assert_allclose(trials.reaction_time_s, [0.5, np.nan])


def test_the_files_of_psychopy_are_read(tmp_path: Path) -> None:
    header = (
        "participant,image,key_resp.keys,key_resp.corr,key_resp.rt,trials.thisN,image_2.started,corrAns,date,expName"
    )
    rows = ("A,img0.png,left,1,0.5,0,1.2,left,2026,x", "A,img1.png,None,0,,1,1.2,right,2026,x", ",,,,,,,,2026,x")
    trials = read_trials([write(tmp_path / "a.csv", *rows, header=header)])
    assert (trials.observers, trials.categories) == (("A",), ("left", "right"))
    assert trials.response.tolist() == ["left", "na"]


def test_semicolons_and_numbers_with_a_point_are_read(tmp_path: Path) -> None:
    rows = ("A;one.png;1.0;1", "A;two.png;2;2.00")
    trials = read_trials([write(tmp_path / "a.csv", *rows, header="observer;stimulus_id;response;category")])
    assert trials.correct.all()
    assert trials.categories == ("1", "2")


def test_columns_are_what_their_user_says(tmp_path: Path) -> None:
    header = "who,pic,said,truth,contrast,answer_key"
    path = write(tmp_path / "a.csv", "A,one.png,cat,cat,0.5,x", header=header)
    with pytest.raises(InvalidDataError, match="no column for observer .*'answer_key'.*--columns observer=COLUMN"):
        read_trials([path])
    stated = {"observer": "who", "stimulus_id": "PIC", "response": "said", "category": "truth"}
    assert read_trials([path], columns=stated).conditions == ("0",)
    assert read_trials([path], columns=stated | {"condition": "contrast"}).conditions == ("0.5",)
    with pytest.raises(InvalidDataError, match="no column 'whom', which was to be observer; it has who, pic"):
        read_trials([path], columns=stated | {"observer": "whom"})
    both = write(
        tmp_path / "b.csv", "A,one.png,cat,cat,cat", header="observer,image,response,category,correct_response"
    )
    with pytest.raises(InvalidDataError, match="or say which: --columns category=category"):
        read_trials([both])
    assert read_trials([both], columns={"category": "correct_response"}).correct.all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("observer", "write NAME=COLUMN for each"),
        ("", "write NAME=COLUMN for each"),
        ("observer=a,observer=b", "write NAME=COLUMN for each"),
        ("observr=a", "did you mean observer"),
    ],
)
def test_a_list_of_columns_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        stated_columns(text)
    assert stated_columns("observer=who, category=truth") == {"observer": "who", "category": "truth"}
